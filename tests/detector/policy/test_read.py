import jsonschema
import pytest

from detector.errors import SettingsError
from detector.kinds import Treatment
from detector.policy.read import DEFAULT, GRADUATED, policy_schema, read_policy

HEAD = 'name = "p"\nversion = "1"\n'
RULE = '[[rules]]\nname = "tell"\nreason = "Because."\ntreatment = "notify"\n'


def problem(text):
    with pytest.raises(SettingsError) as told:
        read_policy(text, source="p.toml")
    return told.value.problem


class TestReadPolicy:
    @pytest.mark.parametrize("path", [DEFAULT, GRADUATED], ids=lambda path: path.stem)
    def test_reads_what_is_shipped(self, path):
        assert read_policy(path.read_text(encoding="utf-8"), source=path.name).rules

    def test_graduated_example_shows_every_treatment(self):
        shown = read_policy(GRADUATED.read_text(encoding="utf-8"), source="graduated.toml")
        assert {rule.treatment for rule in shown.rules} == {*Treatment}

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (HEAD, "p.toml: rules is missing"),
            (HEAD + "rules = []", "p.toml: line 3: rules = []: it names one at least"),
            (
                HEAD + 'rules = ["tell"]',
                'p.toml: line 3: rules[1] = "tell": it is a list of tables: '
                "write [[rules]] above the fields of each",
            ),
            (
                HEAD + RULE.replace("[[rules]]", "[rules]"),
                'p.toml: line 3: rules = {"name": "tell", "reason": "Because.", '
                '"treatment": "notify"}: it is a list of tables: write [[rules]]',
            ),
            (
                HEAD + RULE + "[[caps]]\nper_day = 1",
                'p.toml: caps = [{"per_day": 1}]: it is a table: write [caps] above its fields',
            ),
            (
                HEAD + RULE + RULE.replace("treatment", "traetment"),
                "p.toml: line 7: rules[2].treatment is missing\n"
                "p.toml: line 10: there is no rules[2].traetment; did you mean treatment?",
            ),
            (
                HEAD + "kill_swich = true\n" + RULE,
                "p.toml: line 3: there is no kill_swich; did you mean kill_switch?",
            ),
            (
                HEAD + RULE + "[caps]\nper_week = 3",
                "p.toml: line 8: there is no caps.per_week; "
                "known here: per_country_per_day, per_day, per_partner_per_day",
            ),
            (
                HEAD + RULE + 'min_probability = "0.9"',
                'p.toml: line 7: rules[1].min_probability = "0.9": '
                "it is a number, without quotation marks",
            ),
            (
                HEAD + RULE + "min_probability = 1.5",
                "p.toml: line 7: rules[1].min_probability = 1.5: should be less than or equal to 1",
            ),
            (
                HEAD + RULE + 'plans = "ads"',
                'p.toml: line 7: rules[1].plans = "ads": it is a list, as in ["a", "b"]',
            ),
            (
                HEAD + RULE + "plans = []",
                "p.toml: line 7: rules[1].plans = []: it names one at least; "
                "leave it out to ask nothing",
            ),
            (
                HEAD + RULE + "[treatments.limit]\nnotice_days = 3",
                "p.toml: line 7: there is no treatments.limit; it should be 'none', 'notify', "
                "'verify_device', 'offer_extra_member', ",
            ),
            (
                HEAD + RULE + "[treatments.notify]\ncooldown_days = -1",
                "p.toml: line 8: treatments.notify.cooldown_days = -1: "
                "should be greater than or equal to 0",
            ),
            (
                HEAD + RULE + '[calendar]\ntime_zone = "Berlin"',
                "p.toml: line 8: calendar.time_zone: there is no time zone 'Berlin'; "
                "they are called 'Europe/Berlin'",
            ),
            (
                HEAD + RULE + "[calendar.holidays]\nDE = [2026-13-01]",
                "p.toml is not TOML: Unclosed array (at line 8, column 11).",
            ),
            (HEAD + RULE + RULE, "p.toml: two rules are called 'tell'; decisions name them"),
            (
                HEAD + RULE + "min_probability = 0.9\nmax_probability = 0.8",
                "p.toml: line 3: rules[1]: the least is above the most, so that the rule can never",
            ),
            (
                HEAD + 'accepted_by = "J. Doe"\n' + RULE,
                "p.toml: accepted_by and accepted_for belong together",
            ),
            (
                HEAD + 'accepted_by = "J. Doe"\naccepted_for = ["notify"]\n' + RULE,
                "p.toml: accepted_for: 'notify' needs nobody's acceptance",
            ),
            (
                HEAD + RULE.replace("notify", "limit_external_devices"),
                "p.toml: no device is stopped without notice: write "
                "[treatments.limit_external_devices] with notice_days = 14",
            ),
            (
                HEAD + RULE + "[treatments.notify]\nnotice_days = 1",
                "p.toml: [treatments.notify] has no notice_days or grace_days",
            ),
        ],
    )
    def test_says_where_and_how_to_mend(self, text, told):
        assert problem(text).startswith(told)

    def test_a_number_is_no_switch(self):
        assert "true or false" in problem(HEAD + "kill_switch = 1\n" + RULE)


class TestPolicySchema:
    @pytest.mark.parametrize("path", [DEFAULT, GRADUATED], ids=lambda path: path.stem)
    def test_describes_what_is_shipped(self, path):
        text = path.read_text(encoding="utf-8")
        whole = read_policy(text, source=path.name).model_dump(mode="json", exclude_none=True)
        jsonschema.Draft202012Validator.check_schema(policy_schema())
        jsonschema.validate(whole, policy_schema())

    def test_describes_every_field_of_a_rule(self):
        fields = policy_schema()["$defs"]["PolicyRule"]["properties"]
        assert all(each.get("description") for each in fields.values())
