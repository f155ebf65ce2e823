"""What people are told, in the pages and by mail."""
