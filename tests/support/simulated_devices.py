"""Simulated devices: pure functions that give seconds for pixels, batch size and steps."""

from dataclasses import dataclass, replace

from generation.queue import speeds

SIZES = (256, 512, 1024, 2048)  # squares


@dataclass(frozen=True)
class Device:
    """A device whose step takes `floor` seconds or, above `knee` megapixels in a batch, in proportion to the pixels.

    `knee` 0: in proportion everywhere, `floor` seconds for a megapixel. `penalty` is added for each further image.
    """

    hardware: str
    floor: float
    knee: float = 0.0
    rest_fixed: float = 0.0
    rest_megapixel: float = 0.0
    penalty: float = 0.0

    def step(self, side, images=1):
        """Return the seconds of one step of a batch."""
        megapixels = side * side / 1e6 * images
        seconds = self.floor * (max(1.0, megapixels / self.knee) if self.knee else megapixels)
        return seconds * (1 + self.penalty * (images - 1))

    def rest(self, side, images=1):
        """Return the seconds of a call beside its steps."""
        return self.rest_fixed + self.rest_megapixel * side * side / 1e6 * images

    def seconds(self, side, images=1, steps=20):
        """Return the seconds of a call."""
        return steps * self.step(side, images) + self.rest(side, images)

    def call(self, side, images=1, *, slow=1.0, is_first=False):
        """Return the measurement of a call that took `slow` times as long as usual."""
        step, rest = slow * self.step(side, images), slow * self.rest(side, images)
        return speeds.Call(self.hardware, side, side, images, step, rest, is_first)


# Qwen-Image on an H200: four times the pixels of 512x512 take 1.42 times as long, four images of 512x512 too, so that a
# batch of 4 gives 2.8 times the images a second, and two of 1024x1024 take twice as long as one.
H200 = Device("NVIDIA H200", floor=0.24, knee=0.74, rest_fixed=0.1, rest_megapixel=0.3)
LINEAR = Device("cpu", floor=12.0, rest_fixed=0.2, rest_megapixel=20.0)
DEVICES = {"an H200": H200, "linear": LINEAR}
PAYING = Device("cpu", floor=0.05, knee=1.0)  # at 128x128 any batch takes as long as one image


def make_batches_pay(checkpoint, hardware="cpu"):
    """Let the site know that images of `checkpoint` are worth generating together on `hardware`, up to 8."""
    paying = replace(PAYING, hardware=hardware)
    speeds.learn(checkpoint.pk, [paying.call(128, images) for images in (1, 2, 4, 8) for _ in range(5)])
