"""A center that must not write: fenced, watched while it is fenced, and opened again only by an approval."""
