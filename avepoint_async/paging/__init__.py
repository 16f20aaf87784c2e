"""From one page to all of them."""
