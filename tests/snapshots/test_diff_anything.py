"""Two made-up nights whose edits are known: the changes are those edits, and nothing else."""

from collections import Counter
from collections.abc import Iterator, Sequence

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from avepoint_async.snapshots.compare.diff import compare
from tests.snapshots.nights import Place, Tenant, User, night

# kind, tenant, address
Told = tuple[str, str, str | None]

EDITS = (
    "none",
    "respelt",
    "removed",
    "added",
    "moved",
    "lost_protection",
    "gained_protection",
    "newly_listed",
    "no_longer_listed",
)
STATES = st.sampled_from(["complete", "complete", "complete", "drifted", "short", "failed"])
WHOLE = {"complete", "drifted"}


@attrs.frozen(kw_only=True)
class Story:
    """What happens to one tenant between two nights.

    Attributes:
        edits: what happens to each of its users.
        ids: whether rows have ids in the first night, and in the second.
        states: its state in the first night, and in the second; None: not in the roster.
        order: the order of the rows in the second night.
        twice: which row of the second night stands there twice, an older answer first.
    """

    edits: Sequence[str]
    ids: tuple[bool, bool]
    states: tuple[str | None, str | None]
    order: list[int]
    twice: int


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Any story of one tenant."""
    edits = draw(st.lists(st.sampled_from(EDITS), max_size=12))
    return Story(
        edits=edits,
        ids=draw(st.tuples(st.booleans(), st.booleans())),
        states=draw(st.tuples(STATES | st.none(), STATES | st.none())),
        order=draw(st.permutations(range(len(edits)))),
        twice=draw(st.integers(0, 20)),
    )


def user(number: int, *, has_id: bool, **fields: object) -> User:
    """One user, told by a number."""
    named = {"email": f"user{number}@x.com", "id": f"id-{number}" if has_id else None}
    return User(**{**named, **fields})  # type: ignore[arg-type]  # fields of each type


MAILBOX = {
    "lost_protection": (True, False),
    "gained_protection": (False, True),
    "newly_listed": (None, False),
    "no_longer_listed": (False, None),
}


def first_night(story: Story) -> list[User]:
    """Its users before the edits."""
    return [
        user(number, has_id=story.ids[0], mailbox=MAILBOX.get(edit, (True,))[0])
        for number, edit in enumerate(story.edits)
        if edit != "added"
    ]


def second_night(story: Story) -> list[User]:
    """Its users after the edits, in any order, one of them perhaps told twice."""
    rows = []
    for number in story.order:
        edit = story.edits[number]
        fields: dict[str, object] = {"mailbox": MAILBOX.get(edit, (True, True))[1]}
        if edit == "moved":
            fields["email"] = f"other{number}@x.com"
        if edit == "respelt":
            fields["email"] = f"USER{number}@X.com"
        if edit != "removed":
            rows.append(user(number, has_id=story.ids[1], **fields))
    if story.twice < len(rows):
        stale = attrs.evolve(rows[story.twice], onedrive=False, other_modules="7=false")
        rows.insert(0, stale)
    return rows


def expected(name: str, story: Story) -> Iterator[Told]:
    """What must be told of one tenant."""
    before, after = story.states
    if after is None:
        if before is not None:
            yield "tenant_gone", name, None
    elif before is None:
        yield "tenant_new", name, None
    elif {before, after} <= WHOLE:
        went = "gone" if after == "complete" else "perhaps_gone"
        by_id = has_ids(story)
        for number, edit in enumerate(story.edits):
            yield from ((kind, name, email) for kind, email in edit_told(edit, number, went, by_id))


def has_ids(story: Story) -> bool:
    """A night without any row lacks no id."""
    return all(
        has or not rows
        for has, rows in zip(story.ids, (first_night(story), second_night(story)), strict=True)
    )


def edit_told(edit: str, number: int, went: str, by_id: bool) -> Iterator[tuple[str, str]]:
    """The changes that one edit of one user makes."""
    email = f"user{number}@x.com"
    if edit == "removed" or (edit == "moved" and not by_id):
        yield went, email
    if edit == "added":
        yield "appeared", email
    if edit == "moved":
        yield "renamed" if by_id else "appeared", f"other{number}@x.com"
    if edit in MAILBOX:
        yield edit, email


@settings(deadline=None)
@given(st.lists(stories(), max_size=6), st.integers(1, 40), st.integers(1, 40))
def test_the_changes_are_the_edits(told: list[Story], one: int, other: int) -> None:
    """Of tenants whole on both sides every edit is told once; of all others nothing is."""
    named = {f"t{number}": story for number, story in enumerate(told)}
    nights: list[dict[Place, Tenant]] = [{}, {}]
    for name, story in named.items():
        for side, rows in enumerate((first_night(story), second_night(story))):
            state = story.states[side]
            if state is not None:
                # What a failed or short walk delivered is kept, and must mislead nobody.
                shown = rows if state in WHOLE else rows[: len(rows) // 2]
                nights[side]["c", name] = Tenant(users=shown, state=state)
    diff = compare(night(nights[0], batch_rows=one), night(nights[1], day=1, batch_rows=other))
    changes = [(each.kind.value, each.tenant.tenant_id, each.email) for each in diff.changes()]
    wanted = [each for name, story in named.items() for each in expected(name, story)]
    assert Counter(changes) == Counter(wanted)
    assert diff.counts == Counter(kind for kind, *_ in wanted)
    # A tenant is compared, or new, or gone, or unknown; none is left out.
    assert {ref.tenant_id for ref in diff.unknown} == {
        name
        for name, story in named.items()
        if story.states[1] is not None and not set(story.states) <= {*WHOLE, None}
    }


@settings(deadline=None)
@given(st.lists(stories(), max_size=4))
def test_a_night_compared_with_itself(told: list[Story]) -> None:
    """Nothing changes between a night and itself."""
    same = {("c", f"t{n}"): second_night(story) for n, story in enumerate(told)}
    assert not list(compare(night(same), night(same)).changes())
