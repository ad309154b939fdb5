"""Paper and PDF: frozen data in, bytes out. No query, no model, no clock, no network."""
