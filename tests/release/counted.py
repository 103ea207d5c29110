"""Facts of a small sitting with candidates in three provinces, for the tests of confirmations."""

from dataclasses import replace

from tests.release.people import FACTS, RUN

BEIJING, TIANJIN, HEBEI = "110000", "120000", "130000"
TABLES = {
    "provinces": {
        BEIJING: {"qualified": 2, "not-passed": 2},
        TIANJIN: {"qualified": 1, "not-passed": 2},
        HEBEI: {"not-passed": 3},
    },
    "provinces_levels": {
        BEIJING: {"junior": {"qualified": 2, "not-passed": 1}, "senior": {"not-passed": 1}},
        TIANJIN: {"junior": {"qualified": 1, "not-passed": 2}},
        HEBEI: {"senior": {"not-passed": 3}},
    },
    "provinces_subjects": {
        BEIJING: {
            "junior": {"ability": {"passed": 2, "absent": 1}, "practice": {"passed-regionally": 2, "violation": 1}},
            "senior": {"ability": {"not-passed": 1}},
        },
        TIANJIN: {"junior": {"ability": {"passed": 1, "not-passed": 2}}},
        HEBEI: {"senior": {"ability": {"not-passed": 2, "withheld": 1}}},
    },
}
COUNTED = replace(FACTS, run=replace(RUN, tables=TABLES))
