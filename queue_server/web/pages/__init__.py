"""The pages: rendered here, brought to life by small scripts of ours; nothing comes from elsewhere."""
