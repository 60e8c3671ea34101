"""The alphabets of Sambert packages, in the order of the rows of their embedding tables (KAN-TTS, MIT)."""

from __future__ import annotations

from edge_tts.errors import ConversionError

PHONES = tuple(
    "a_c ai_c an_c ang_c ao_c b_c c_c ch_c d_c e_c ei_c en_c eng_c er_c f_c g_c h_c i_c ia_c ian_c iang_c iao_c ie_c "
    "ih_c ii_c in_c ing_c io_c iong_c iou_c j_c k_c l_c m_c n_c o_c ong_c ou_c p_c q_c r_c s_c sh_c t_c u_c ua_c uai_c "
    "uan_c uang_c uei_c uen_c ueng_c uo_c v_c van_c ve_c vn_c xx_c z_c zh_c w_c y_c ga ge go aa ae ah ao aw ay b ch d "
    "dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh air_c angr_c anr_c aor_c ar_c eir_c "
    "engr_c enr_c iangr_c ianr_c iaor_c iar_c ier_c ihr_c iir_c ingr_c inr_c iongr_c iour_c ir_c ongr_c or_c our_c "
    "uair_c uangr_c uanr_c uar_c ueir_c uenr_c uor_c ur_c vanr_c ver_c vnr_c vr_c pau".split()
)
BREAKS = ("#1", "#2", "#3", "#4")
TONES = tuple("tone1 tone_none tone4 tone2 tone3 tone5 tone0".split())
SYLLABLE_FLAGS = tuple("s_begin s_end s_none s_both s_middle".split())
WORD_PLACES = tuple("word_begin word_end word_middle word_both word_none".split())
EMOTIONS = tuple(
    "none neutral angry disgust fear happy sad surprise calm gentle relax lyrical serious disgruntled satisfied "
    "disappointed excited anxiety jealousy hate pity pleasure arousal dominance placeholder1 placeholder2 placeholder3 "
    "placeholder4 placeholder5 placeholder6 placeholder7 placeholder8 placeholder9".split()
)
_SPECIAL = ("_", "~", "@[MASK]")
"""Padding, end and mask: the last rows of every table; a package without mask lacks the last."""


def table(kind: str, entries: tuple[str, ...], rows: int) -> list[str]:
    """Return the entries of a table that has so many rows.

    Raises:
        ConversionError: the table has a different number of rows than these entries and two or three special ones.
    """
    if rows - len(entries) not in (len(_SPECIAL) - 1, len(_SPECIAL)):
        wanted = f"{len(entries) + len(_SPECIAL)} rows, or one less without mask"
        why = "; packages of other languages and dialects have other tables" if kind == "phones" else ""
        raise ConversionError(f"the table of {kind} has {rows} rows, expected {wanted}{why}")
    return list(entries)
