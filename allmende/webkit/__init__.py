"""What every page and every JSON answer needs: templates, forms, sessions, errors, texts, events.

Stands beside storage and transports and imports neither: what it needs of them is handed over
as a plain function in the composition root. Standards: HTML, CSP 3, Fetch Metadata, SSE, gettext.
"""
