"""The endpoints of the authorization server that apps and services use; people see its pages."""
