"""The full-screen TV board (Kivy). `displays.board` decides what it says; this draws it."""
