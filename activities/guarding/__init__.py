"""The guard on a writer's host: a program there (`guard.sh`), renewed from elsewhere, that closes it when it is not."""
