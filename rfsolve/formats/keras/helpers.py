"""Pieces of code that some models need beside the function that builds them, by their names."""

HELPERS = {
    "he": '''
def he(inputs: float) -> keras.initializers.Initializer:
    """Return weights from a normal distribution of variance 2 / inputs (He et al., ICCV 2015)."""
    return keras.initializers.RandomNormal(stddev=(2 / inputs) ** 0.5)
''',
    "cut": '''
@keras.saving.register_keras_serializable()
class CutToSmallest(layers.Layer):
    """Cuts branches at the right and at the bottom to the smallest of them.

    Up-sampling makes a multiple of its factor, so that a branch can be larger than the one it meets.
    """

    def call(self, branches: list) -> list:
        """Return the branches, all of one size."""
        extents = zip(*(ops.shape(branch)[1:-1] for branch in branches), strict=True)
        cut = tuple(slice(smallest(sizes)) for sizes in extents)
        return [branch[(slice(None), *cut)] for branch in branches]


def smallest(sizes: tuple) -> object:
    """Return the least of some sizes, which are numbers or, where a backend only traces, tensors."""
    return min(sizes) if all(isinstance(size, int) for size in sizes) else ops.min(ops.stack(sizes))
''',
}
