"""What commands say of a database and of its plans; nothing here serves a request."""
