"""From one page to all of them: endpoints, walks, the pager and the fan-out."""
