"""A small pack and a small reference folder to break, so that a test shows one fault at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from popmodel.areas.package import package_content, package_text
from popmodel.areas.schemas import PACK_TABLES

# By hand: 2010 100+120 | 400+380 → 500 male, 500 female, 1,000; 2020 60+50 | 440+350 → 500, 400, 900.
CENSUS = """\
date,sex,age_lo,age_hi,population,status,source,note
2010-11-01,male,0,4,100,observed,县统计局,
2010-11-01,male,5,,400,observed,县统计局,
2010-11-01,female,0,4,120,observed,县统计局,
2010-11-01,female,5,,380,observed,县统计局,
2020-11-01,male,0,4,60,observed,县统计局,
2020-11-01,male,5,,440,observed,县统计局,
2020-11-01,female,0,4,50,observed,县统计局,
2020-11-01,female,5,,350,observed,县统计局,
"""
TOTALS = """\
date,indicator,value,unit,status,source,note
2010-11-01,residents,1000,person,observed,县统计局,
2010-11-01,residents_male,500,person,observed,县统计局,
2010-11-01,residents_female,500,person,observed,县统计局,
2010-11-01,registered,1200,person,observed,县统计局,
2020-11-01,residents,900,person,observed,县统计局,
2020-11-01,urban_residents,300,person,observed,县统计局,
2020-11-01,rural_residents,600,person,derived,县统计局,总数减城镇
"""
OTHERS = {
    "series": "indicator,year,value,unit,status,source,note\nregistered_population,2023,1250,person,observed,县公安局,\n",
    "birth_registrations": (
        "from_date,to_date,order,registrations,status,source,note\n2023-01-01,2023-12-20,1,5,observed,县卫健委,\n"
    ),
    "outturn": (
        "year,scheme,recipients,recipient_unit,amount_yuan,status,source,note\n"
        "2023,rural_family_reward,10,person,9600.05,observed,县财政局,\n"
    ),
    "appropriations": (
        "year,scheme,payer,amount_yuan,status,source,note\n2023,rural_family_reward,county,960.00,observed,县财政局,\n"
    ),
    "facilities": (
        "id,township,service,ownership,places,classes_6_12,places_6_12,classes_12_24,places_12_24,classes_24_36,places_24_36,"
        "classes_mixed,places_mixed,opened,closes,probability,fee_yuan_month,longitude,latitude,datum,status,source,note\n"
        "T1,410122001,nursery,inclusive,50,,,2,30,1,20,,,2021-09-01,,1,600,114.02,34.72,GCJ02,observed,县卫健委,\n"
        "T2,410122101,home,private,5,,,,,,,,,2024-03-01,2027-02-28,1,,,,,observed,县卫健委,\n"
        "T3,,centre,public,90,,,,,,,5,90,2027-09-01,,0.8,,,,,assumed,县发改委,\n"
    ),
    "progress": "township,date,places,status,source,note\n410122001,2026-03-31,60,observed,县卫健委,\n",
    "points": (
        "id,township,weight,longitude,latitude,datum,status,source,note\nV1,410122001,30,114.02,34.72,GCJ02,observed,县民政局,\n"
    ),
    "travel_times": "point,facility,minutes,status,source,note\nV1,T1,12,observed,县交通局,\n",
    "kindergartens": "township,year,seats,enrolled,status,source,note\n410122001,2025,600,450,observed,县教育局,\n",
    "targets": "target,by_year,value,unit,status,source,note\nplaces_per_1000,2025,4.5,place_per_1000,observed,县政府,\n",
    "townships": (
        "code,name,other_name,type,village_level_units,communities,status,source,note\n"
        "410122001,东街,,subdistrict,3,3,observed,区划代码,\n410122101,西镇,,town,9,1,observed,区划代码,\n"
    ),
    "events": (
        "event,from_date,to_date,persons,persons_low,persons_high,age_profile,status,source,note\n"
        "flood,2012-07-01,2012-12-31,20,10,30,as_residents,assumed,县志,\n"
    ),
    "group_quarters": (
        "date,kind,sex,age_lo,age_hi,population,status,source,note\n"
        "2020-11-01,students,male,18,21,30,observed,县教育局,\n2020-11-01,students,male,22,,5,observed,县教育局,\n"
    ),
    "registered_population": (
        "date,sex,age_lo,age_hi,population,status,source,note\n"
        "2024-12-31,male,0,59,500,observed,县公安局,\n2024-12-31,male,60,,100,observed,县公安局,\n"
        "2024-12-31,female,0,59,480,observed,县公安局,\n2024-12-31,female,60,,120,observed,县公安局,\n"
    ),
    "births": (
        "year,month,lives,registered,order,births,status,source,note\n"
        "2024,,here,any,all,9,observed,县统计局,\n2026,1,any,here,1,2,observed,县卫健委,\n"
        "2026,1,any,here,2,1,observed,县卫健委,\n2026,1,any,here,3+,0,observed,县卫健委,\n"
    ),
    "deaths_by_age": (
        "year,group,sex,age_lo,age_hi,deaths,status,source,note\n"
        "2024,registered,both,0,59,3,observed,县公安局,\n2024,registered,both,60,,8,observed,县公安局,\n"
    ),
    "moves": (
        "year,group,direction,sex,age_lo,age_hi,persons,status,source,note\n"
        "2024,registered,in,both,0,,20,observed,县公安局,\n2024,registered,out,both,0,,35,observed,县公安局,\n"
    ),
    "recipients": (
        "year,scheme,sex,age_lo,age_hi,recipients,status,source,note\n"
        "2023,rural_family_reward,male,60,,4,observed,县卫健委,\n2023,rural_family_reward,female,60,,6,observed,县卫健委,\n"
    ),
    "allowance_claims": (
        "to_date,birth_year,birth_month,claims,status,source,note\n2026-06-30,2025,3,2,observed,育儿补贴系统,\n"
    ),
    "township_population": (
        "township,year,residents,children_0_2,registered_people,births,status,source,note\n"
        "410122001,2025,500,20,,6,observed,乡镇统计,\n410122101,2025,380,12,,,observed,乡镇统计,\n"
    ),
    "registers": (
        "register,date,township,age_lo,age_hi,persons,status,source,note\n"
        "vaccination,2025-12-31,410122001,0,0,6,observed,县疾控中心,\nvaccination,2025-12-31,,0,0,10,observed,县疾控中心,\n"
    ),
    "record_checks": (
        "register,year,township,check,records,found,status,source,note\n"
        "birth_certificates,2025,410122001,missing_field,120,3,derived,popmodel records,逐条核对后计数\n"
    ),
}
IDENTITY = {
    "code": "410122",
    "names": {"zh": "试验县", "en": "Test County"},
    "province": "410000",
    "prefecture": "410100",
    "disclosure_threshold": 10,
}
ASSUMPTIONS = """\
assumptions:
  - key: mortality.e0_male
    value: 74.59
    unit: years
    from: 2020-01-01
    range: [60, 95]
    scenario: true
    status: assumed
    source: 来源待查
    owner: 县卫生健康委
    checked: 2026-11-24
    review_by: 2027-12-31
    title: {zh: 男性预期寿命, en: Male life expectancy}
"""
MEDIUM = "name: {zh: 中, en: Medium}\ndescription: {zh: 基准, en: Baseline}\nbaseline: true\n"


@pytest.fixture(scope="session")
def reference(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped reference tables with a small assumption book and one scenario."""
    folder = tmp_path_factory.mktemp("data") / "reference"
    (folder / "scenarios").mkdir(parents=True)
    for path in [*(root / "data" / "reference").glob("*.csv"), root / "data" / "reference" / "datapackage.json"]:
        shutil.copy(path, folder)
    (folder / "assumptions.yaml").write_text(ASSUMPTIONS, encoding="utf-8")
    (folder / "scenarios" / "medium.yaml").write_text(MEDIUM, encoding="utf-8")
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A sound pack with nothing but what every county has: a census by age and its totals."""
    folder = tmp_path / "县"
    folder.mkdir()
    tables = [PACK_TABLES["census_population"], PACK_TABLES["census_totals"]]
    for table, content in zip(tables, (CENSUS, TOTALS), strict=True):
        (folder / table.file).write_text(content, encoding="utf-8", newline="")
    package = package_text(package_content("test", "试验县", tables, IDENTITY))
    (folder / "datapackage.json").write_text(package, encoding="utf-8", newline="")
    return folder


@pytest.fixture
def pack(bare: Path) -> Path:
    """A sound pack with every table."""
    for name, content in OTHERS.items():
        (bare / f"{name}.csv").write_text(content, encoding="utf-8", newline="")
    package = package_text(package_content("test", "试验县", PACK_TABLES.values(), IDENTITY))
    (bare / "datapackage.json").write_text(package, encoding="utf-8", newline="")
    return bare
