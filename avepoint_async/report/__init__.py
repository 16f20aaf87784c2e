"""Coverage counts, and one page that tells how a night went.

``coverage``, ``arrow_counts`` and ``trend`` count. ``model`` gathers from a history all that the
page says, as plain values. ``page`` renders them as one HTML file and writes it. ``advice`` says
what to do about an error. ``metrics`` writes the counts of a run for Prometheus.
"""
