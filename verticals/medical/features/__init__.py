"""Features of the vertical that are off until an administrator turns them on for a workspace."""
