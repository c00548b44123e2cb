"""What two videos have in common, and how sure it is."""
