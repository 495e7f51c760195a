"""The main job, headless, on the demo data: from feed to purge to certificate and report."""
