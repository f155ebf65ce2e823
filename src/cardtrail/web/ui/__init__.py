"""Look and texts: templates, styles, icons, charts, both languages side by side."""
