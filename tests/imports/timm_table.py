"""The timm architectures that are compared, with the input size that each is built for here.

Broad rather than long: one or two of every family. `build` makes one with random weights.
"""

from typing import Any

SIZES: dict[str, int] = dict.fromkeys(
    [
        *("resnet18", "resnet26d", "resnet50", "resnetv2_50", "resnext50_32x4d", "res2net50_26w_4s", "res2next50"),
        *("seresnet18", "ecaresnet26t", "gcresnext26ts", "skresnet18", "resnest14d", "resnetaa34d", "bat_resnext26ts"),
        *("resnetblur18", "wide_resnet50_2", "regnetx_002", "regnety_002", "regnetz_005", "efficientnet_b0"),
        *("efficientnetv2_rw_t", "tf_efficientnet_b0", "efficientnet_lite0", "mobilenetv1_100", "mobilenetv2_050"),
        *("mobilenetv3_small_050", "mobilenetv4_conv_small", "mobilenetv4_hybrid_medium", "tf_mobilenetv3_small_075"),
        *("convnext_atto", "convnextv2_atto", "densenet121", "inception_v3", "inception_v4", "inception_resnet_v2"),
        *(
            "xception41",
            "legacy_xception",
            "nasnetalarge",
            "pnasnet5large",
            "dla34",
            "dla60_res2net",
            "hrnet_w18_small",
        ),
        *(
            "vgg11",
            "vgg16_bn",
            "ghostnet_050",
            "ghostnetv2_100",
            "ghostnetv3_100",
            "rexnet_100",
            "mixnet_s",
            "mnasnet_050",
        ),
        *("tresnet_m", "darknet53", "cspdarknet53", "cspresnet50", "vovnet39a", "ese_vovnet19b_dw", "selecsls42"),
        *("repvgg_a0", "repvgg_b1g4", "fastvit_t8", "edgenext_xx_small", "poolformer_s12", "poolformerv2_s12"),
        *("swin_tiny_patch4_window7_224", "swinv2_cr_tiny_224", "swin_s3_tiny_224", "vit_tiny_patch16_224"),
        *("deit_tiny_patch16_224", "deit3_small_patch16_224", "cait_xxs24_224", "coat_tiny", "coat_lite_tiny"),
        *("mixer_s32_224", "resmlp_12_224", "gmlp_ti16_224", "botnet26t_256", "halonet26t", "lambda_resnet26t"),
        *("twins_svt_small", "twins_pcpvt_small", "pvt_v2_b0", "volo_d1_224", "mobilevit_xxs", "mobilevitv2_050"),
        *("levit_128s", "levit_conv_128s", "efficientformer_l1", "efficientformerv2_s0", "maxvit_tiny_tf_224"),
        *("maxvit_rmlp_pico_rw_256", "coatnet_pico_rw_224", "coatnet_nano_rw_224", "focalnet_tiny_srf", "nfnet_l0"),
        *("dm_nfnet_f0", "nf_regnet_b0", "nf_resnet50", "hardcorenas_a", "tinynet_e", "lcnet_050", "semnasnet_050"),
        *("fbnetc_100", "fbnetv3_b", "spnasnet_100", "dpn48b", "dpn68", "legacy_senet154", "legacy_seresnet18"),
        *("visformer_tiny", "xcit_nano_12_p8_224", "convmixer_768_32", "inception_next_atto", "repghostnet_050"),
        *("starnet_s1", "mambaout_femto", "rdnet_tiny", "tiny_vit_5m_224", "nextvit_small", "hiera_tiny_224"),
        *("davit_tiny", "crossvit_tiny_240", "repvit_m0_9", "sequencer2d_s", "hgnet_tiny", "hgnetv2_b0", "shvit_s1"),
        *("efficientvit_b0", "efficientvit_m0", "mvitv2_tiny", "nest_tiny", "pit_ti_224", "tnt_s_patch16_224"),
        *(
            "convit_tiny",
            "beit_base_patch16_224",
            "eva02_tiny_patch14_224",
            "visformer_small",
            "gernet_s",
            "haloregnetz_b",
        ),
        *("eca_botnext26ts_256", "seresnextaa101d_32x8d", "lamhalobotnet50ts_256", "sebotnet33ts_256", "gcvit_xxtiny"),
        *(
            "cspresnext50",
            "resnet51q",
            "resnet61q",
            "swinv2_tiny_window8_256",
            "fasternet_t0",
            "mobilenet_edgetpu_v2_xs",
        ),
        *("efficientnet_es", "csatv2", "test_resnet", "test_vit", "test_convnext", "test_efficientnet"),
    ],
    0,
)
"""0: the size that the architecture names itself."""


def build(name: str) -> tuple[Any, tuple[int, int, int]]:
    """The module with random weights and its input size."""
    import timm  # noqa: PLC0415 - optional, found by the lane's own fixture

    module = timm.create_model(name, pretrained=False).eval()
    channels, height, width = module.default_cfg["input_size"]
    return module, (channels, height, width)
