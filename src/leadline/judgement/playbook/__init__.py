"""The written playbook: roles, groups and (later) evidence lines."""
