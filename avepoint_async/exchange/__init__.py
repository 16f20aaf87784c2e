"""One request and its answer: sent, read, judged, and sent again if that may help."""
