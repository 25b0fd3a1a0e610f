"""What planners work with in a notebook: sliders that plan anew. Nothing here is reckoned; it is asked for and shown."""

from popmodel.app.places_sliders import places_sliders

__all__ = ["places_sliders"]
