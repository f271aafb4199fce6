"""The server as processes: sockets, workers that are forked and watched, signals, and HTTP/1.1 on a connection."""
