"""What timm's feature extractors offer, as whole pieces of generated code: they use nothing but torch.

`FeatureInfo` has the methods of `timm.models.FeatureInfo`, `Backbone` those that heads call of a timm model.
"""

from collections.abc import Sequence

from torch import Tensor, nn


class FeatureInfo(list[dict[str, int | str]]):
    """What each feature of a backbone is: `num_chs`, `reduction` (its stride), `module`.

    The methods answer for the features in `out_indices`, or for those asked for.
    """

    def __init__(self, features: Sequence[dict[str, int | str]], out_indices: Sequence[int]) -> None:
        super().__init__(dict(feature) for feature in features)
        self.out_indices = tuple(out_indices)

    @property
    def info(self) -> list[dict[str, int | str]]:
        """All features."""
        return list(self)

    def get(self, key: str, idx: int | Sequence[int] | None = None) -> int | str | list[int | str]:
        """Return one property of the features."""
        if isinstance(idx, int):
            return self[idx][key]
        return [self[index][key] for index in (self.out_indices if idx is None else idx)]

    def get_dicts(
        self, keys: Sequence[str] | None = None, idx: Sequence[int] | None = None
    ) -> list[dict[str, int | str]]:
        """Return the properties of the features."""
        chosen = [self[index] for index in (self.out_indices if idx is None else idx)]
        return [{key: one[key] for key in keys or one} for one in chosen]

    def channels(self, idx: int | Sequence[int] | None = None) -> int | str | list[int | str]:
        """Return the channels of the features."""
        return self.get("num_chs", idx)

    def reduction(self, idx: int | Sequence[int] | None = None) -> int | str | list[int | str]:
        """Return the strides of the features."""
        return self.get("reduction", idx)

    def module_name(self, idx: int | Sequence[int] | None = None) -> int | str | list[int | str]:
        """Return where in the network the features are made."""
        return self.get("module", idx)


class Backbone(nn.Module):
    """A network as timm's feature extractors are: `forward` returns a list, the finest feature first.

    `out_indices` say which of the features those are, all of them by default; negative ones count from the end.
    """

    def __init__(
        self,
        network: nn.Module,
        features: Sequence[dict[str, int | str]],
        out_indices: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        count = len(features)
        indices = range(count) if out_indices is None else out_indices
        self.feature_info = FeatureInfo(features, [index + count if index < 0 else index for index in indices])
        self.num_features = features[-1]["num_chs"]

    def features(self, x: Tensor) -> list[Tensor]:
        """Return all features."""
        found = self.network(x)
        return list(found.values()) if isinstance(found, dict) else [found]

    def forward_features(self, x: Tensor) -> Tensor:
        """Return the coarsest feature."""
        return self.features(x)[-1]

    def forward(self, x: Tensor) -> list[Tensor]:
        """Return the features in `out_indices`."""
        found = self.features(x)
        return [found[index] for index in self.feature_info.out_indices]
