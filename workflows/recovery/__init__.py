"""Bringing services up at the other center: data first, then services, then traffic, then the news."""
