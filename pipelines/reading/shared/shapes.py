"""The words and ranges by which values are known for what they are."""

UNITS = {
    unit: (1_104_537_600 * per, 2_082_758_400 * per)
    for unit, per in (("s", 1), ("ms", 10**3), ("us", 10**6), ("ns", 10**9))
}
"""Numbers that are times of the years 2005 to 2035, by their unit."""

OUTCOMES = (
    *("success", "succeeded", "successful", "ok", "allow", "allowed", "granted", "failure"),
    *("failed", "fail", "error", "deny", "denied", "rejected", "refused", "locked", "challenge"),
)
CONNECTIONS = (
    *("fixed", "mobile", "cellular", "wifi", "cable", "dsl", "fiber", "broadband", "satellite"),
    *("dialup", "residential", "business", "corporate", "hosting", "isp", "vpn", "proxy", "tor"),
    *(
        "cable/dsl",
        "xdsl",
        "relay",
        "datacenter",
        "cloud",
        "ethernet",
        "lte",
        "4g",
        "5g",
        "education",
        "wired",
        "wireless",
    ),
)
_CODES = (
    "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCI"
    "CKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQ"
    "GRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLS"
    "LTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPG"
    "PHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTK"
    "TLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW"
)
COUNTRIES = frozenset(_CODES[at : at + 2] for at in range(0, len(_CODES), 2))
"""Of ISO 3166-1, two letters each."""
