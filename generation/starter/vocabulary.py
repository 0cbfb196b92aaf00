"""What one can ask of the starter checkpoint: each entry exactly as it may stand in a prompt.

`THINGS` by category are subjects; `BACKGROUNDS` and `SCENES` are endings that follow one ("a fox" + " in the snow").
"""

THINGS: dict[str, tuple[str, ...]] = {
    "animals": (
        "cat face", "dog face", "fox", "tiger face", "lion", "panda", "bear", "rabbit face", "pig face", "frog",
        "penguin", "owl", "unicorn", "horse face", "elephant", "whale", "dolphin", "octopus", "fish", "shark", "turtle",
        "butterfly", "honeybee", "snail", "lady beetle", "bird", "duck", "baby chick", "dragon", "t-rex", "monkey face",
    ),
    "faces": (
        "grinning face", "smiling face with sunglasses", "smiling face with heart-eyes", "crying face", "enraged face",
        "skull", "ghost", "alien", "robot", "jack-o-lantern",
    ),
    "hearts": ("red heart", "blue heart", "green heart", "purple heart", "yellow heart", "broken heart"),
    "nature": (
        "sunflower", "tulip", "rose", "cactus", "evergreen tree", "tree", "palm tree", "mushroom", "star",
        "crescent moon", "sun", "cloud", "rainbow", "fire", "snowflake", "snowman", "ringed planet",
    ),
    "food": (
        "pizza", "hamburger", "red apple", "banana", "strawberry", "watermelon", "grapes", "cherries", "lemon",
        "pineapple", "carrot", "birthday cake", "doughnut", "ice cream", "cup of coffee",
    ),
    "travel and places": (
        "rocket", "car", "bus", "bicycle", "airplane", "sailboat", "locomotive", "house", "castle", "mountain",
        "volcano",
    ),
    "things": (
        "umbrella", "guitar", "camera", "crown", "gem stone", "key", "light bulb", "balloon", "gift", "trophy",
        "soccer ball", "alarm clock", "envelope", "bell", "thumbs up",
    ),
}  # fmt: skip

_COLOURS = (
    "red", "orange", "yellow", "green", "blue", "light blue", "purple", "pink", "brown", "gray", "black", "teal",
    "dark blue",
)  # fmt: skip

BACKGROUNDS: tuple[str, ...] = tuple(
    f"on {'an' if colour == 'orange' else 'a'} {colour} background" for colour in _COLOURS
)

SCENES: tuple[str, ...] = (
    "on the grass", "in the ocean", "at night", "in the snow", "at sunset", "in the desert", "in the sky", "in space",
    "in the forest",
)  # fmt: skip
