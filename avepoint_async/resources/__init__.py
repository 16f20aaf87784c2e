"""The endpoints of the API, one file each; and what describes an endpoint, for those of your own.

::

    from avepoint_async.resources import Endpoint, Envelope, HasNext, Numbered, Single, SkipToken

`OpenEnum` is the base of codes in records.
"""

from avepoint_async.paging.endpoint import Endpoint
from avepoint_async.paging.has_next import HasNext
from avepoint_async.paging.numbered import Numbered
from avepoint_async.paging.single import Single
from avepoint_async.paging.skip_token import SkipToken
from avepoint_async.wire.envelope import Envelope
from avepoint_async.wire.values import OpenEnum

__all__ = ["Endpoint", "Envelope", "HasNext", "Numbered", "OpenEnum", "Single", "SkipToken"]
