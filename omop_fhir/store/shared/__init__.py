"""What workers share by way of Redis, all of it such as may be lost."""
