"""What differs: two sealed runs compared, or a run and a list of licensed users."""
