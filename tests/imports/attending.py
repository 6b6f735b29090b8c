"""Attention over everything, in windows, along axes; mixers; recurrences and sequences."""

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody writes it
from torch import nn

from tests.imports.merging import conv
from tests.imports.table import network


class SelfAttention(nn.Module):
    """By matrix products and a softmax, over the tokens of (batch, tokens, channels)."""

    def __init__(self, width: int, heads: int = 2) -> None:
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: Any) -> Any:
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv.unbind(0)
        weights = (query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5).softmax(dim=-1)
        return self.proj((weights @ value).transpose(1, 2).reshape(batch, tokens, width))


@network(3, 32, 32)
class VisionTransformer(nn.Module):
    """Patches, a class token, positions, global attention."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.token = nn.Conv2d(3, 8, 8, 8), nn.Parameter(torch.randn(1, 1, 8))
        self.position, self.norm = nn.Parameter(torch.randn(1, 17, 8)), nn.LayerNorm(8)
        self.attention, self.mlp, self.head = (
            SelfAttention(8),
            nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)),
            nn.Linear(8, 5),
        )

    def forward(self, x: Any) -> Any:
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.token.expand(x.shape[0], -1, -1), tokens], 1) + self.position
        tokens = tokens + self.attention(self.norm(tokens))
        return self.head((tokens + self.mlp(tokens))[:, 0])


@network(3, 24, 24)
class FusedAttention(nn.Module):
    """nn.MultiheadAttention, and the fused function on a grid that is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.attention = conv(3, 8, 3, 2), nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        tokens = x.flatten(2).transpose(1, 2)
        attended, _ = self.attention(tokens, tokens, tokens, need_weights=False)
        grid = attended.transpose(1, 2).unflatten(2, x.shape[2:])
        fused = F.scaled_dot_product_attention(tokens[:, None], tokens[:, None], tokens[:, None])
        return x + grid, fused[:, 0]


@network(3, 32, 32)
class ShiftedWindows(nn.Module):
    """A Swin block: roll, windows of 4 in patches of 2, attention inside each, and back."""

    def __init__(self, window: int = 4, shift: int = 2) -> None:
        super().__init__()
        self.window, self.shift = window, shift
        self.patch, self.attention, self.norm = nn.Conv2d(3, 8, 2, 2), SelfAttention(8), nn.LayerNorm(8)
        self.merge = nn.Linear(32, 16)

    def forward(self, x: Any) -> Any:
        x = self.norm(self.patch(x).permute(0, 2, 3, 1))
        x = x + self.block(x, 0)
        x = x + self.block(x, self.shift)
        quarters = [x[:, a::2, b::2] for a in (0, 1) for b in (0, 1)]
        return self.merge(torch.cat(quarters, -1))

    def block(self, x: Any, shift: int) -> Any:
        """Attention inside the windows of the shifted grid."""
        n, h, w, c = x.shape
        size = self.window
        if shift:
            x = torch.roll(x, shifts=(-shift, -shift), dims=(1, 2))
        x = x.view(n, h // size, size, w // size, size, c).permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, c)
        x = self.attention(x)
        x = x.view(n, h // size, w // size, size, size, c).permute(0, 1, 3, 2, 4, 5).reshape(n, h, w, c)
        return torch.roll(x, shifts=(shift, shift), dims=(1, 2)) if shift else x


@network(3, 20, 24)
class AxialAttention(nn.Module):
    """Attention along the rows: global on one axis, the convolution's window on the other."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.attention = conv(3, 4), SelfAttention(4)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        n, c, h, w = x.shape
        rows = x.permute(0, 2, 3, 1).reshape(n * h, w, c)
        return self.attention(rows).view(n, h, w, c).permute(0, 3, 1, 2)


@network(3, 32, 32)
class MlpMixer(nn.Module):
    """A linear layer over the tokens: everything."""

    def __init__(self) -> None:
        super().__init__()
        self.patch, self.tokens, self.channels = nn.Conv2d(3, 8, 8, 8), nn.Linear(16, 16), nn.Linear(8, 8)

    def forward(self, x: Any) -> Any:
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = x + self.tokens(x.transpose(1, 2)).transpose(1, 2)
        return x + self.channels(x)


@network(3, 18, 20)
class EinsteinSums(nn.Module):
    """Over channels: the pixel. Over columns: the row."""

    def __init__(self) -> None:
        super().__init__()
        self.mix, self.conv = nn.Parameter(torch.randn(3, 5)), conv(3, 3)

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        rows = torch.einsum("bchw,bchv->bhwv", x, x).softmax(-1)
        return torch.einsum("bchw,co->bohw", x, self.mix), torch.einsum("bhwv,bchv->bchw", rows, x)


@network(3, 20, 26)
class StripPooling(nn.Module):
    """Coordinate attention: means over rows and over columns, each global on one axis."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.row, self.column = conv(3, 4), conv(4, 4, (3, 1)), conv(4, 4, (1, 3))

    def forward(self, x: Any) -> Any:
        x = self.conv(x)
        rows, columns = self.row(x.mean(3, keepdim=True)), self.column(x.mean(2, keepdim=True))
        return rows, columns, x * rows.sigmoid() * columns.sigmoid()


@network(1, 16, 40)
class TextRecogniser(nn.Module):
    """CRNN: convolutions, then an LSTM both ways over the columns."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(conv(1, 4), nn.MaxPool2d(2), conv(4, 4), nn.MaxPool2d((8, 2)))
        self.lstm, self.head = nn.LSTM(4, 6, bidirectional=True, batch_first=True), nn.Linear(12, 7)

    def forward(self, x: Any) -> Any:
        columns = self.features(x).squeeze(2).permute(0, 2, 1)
        found, _ = self.lstm(columns)
        return self.head(found)


class Chomp(nn.Module):
    """Cuts the last `size` steps."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Any) -> Any:
        return x[:, :, : -self.size].contiguous()


class TemporalBlock(nn.Module):
    """Two causal convolutions by padding on both sides and chomping, with a shortcut."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int) -> None:
        super().__init__()
        pad = (kernel - 1) * dilation
        make = nn.utils.parametrizations.weight_norm
        self.net = nn.Sequential(
            make(nn.Conv1d(inputs, outputs, kernel, padding=pad, dilation=dilation)),
            *(Chomp(pad), nn.ReLU(), nn.Dropout(0.2)),
            make(nn.Conv1d(outputs, outputs, kernel, padding=pad, dilation=dilation)),
            *(Chomp(pad), nn.ReLU(), nn.Dropout(0.2)),
        )
        self.shortcut = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: Any) -> Any:
        return F.relu(self.net(x) + (x if self.shortcut is None else self.shortcut(x)))


@network(2, 200, output=(61, 61))
def temporal_network() -> nn.Module:
    """TCN k3 n4: 61 (Bai 2018)."""
    return nn.Sequential(*(TemporalBlock(2 if level == 0 else 4, 4, 3, 2**level) for level in range(4)))


@network(1, 1500, output=(1024, 1024))
class WaveNet(nn.Module):
    """Ten gated layers, k 2, dilation 2^i, causal padding on the left: 1024 (van den Oord 2016)."""

    def __init__(self) -> None:
        super().__init__()
        self.start = nn.Conv1d(1, 4, 1)
        self.gates = nn.ModuleList([nn.Conv1d(4, 8, 2, dilation=2**level) for level in range(10)])
        self.skips = nn.ModuleList([nn.Conv1d(4, 4, 1) for _ in range(10)])

    def forward(self, x: Any) -> Any:
        x, total = self.start(x), 0
        for gate, skip in zip(self.gates, self.skips, strict=True):
            signal, opening = gate(F.pad(x, (gate.dilation[0], 0))).chunk(2, 1)
            y = torch.tanh(signal) * torch.sigmoid(opening)
            total = total + skip(y)
            x = x + y
        return total


@network(2, 900, output=(801, 801))
def long_stack() -> nn.Module:
    """400 layers of kernel 3: a gradient in float32 says 445."""
    return nn.Sequential(*(nn.Conv1d(2, 2, 3, padding=1) for _ in range(400)))
