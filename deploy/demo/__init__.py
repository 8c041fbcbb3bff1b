"""The demo: a center is lost under load, and the other takes over, decided and approved by people."""
