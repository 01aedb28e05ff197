"""The glass: Kivy only. It shows pictures of `kiosk.flow` and turns touches into its events; it decides nothing."""
