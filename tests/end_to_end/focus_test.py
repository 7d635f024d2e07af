#!/usr/bin/python3 -B
"""`sandglass cost --format focus` against the column rules of FOCUS 1.2's Cost and Usage dataset, as its requirements
model has them (github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec, specification/requirements_model/releases/1.2)."""

import csv
import datetime
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SANDGLASS = os.path.abspath("analyzer/serve/sandglass")
COLLECT = os.path.abspath("collectors/main/sandglass-collect")

MANDATORY = set("""BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd BillingPeriodStart
    ChargeCategory ChargeClass ChargeDescription ChargePeriodEnd ChargePeriodStart ContractedCost EffectiveCost
    InvoiceIssuerName ListCost PricingQuantity PricingUnit ProviderName PublisherName ServiceCategory ServiceName""".split())
OTHERS = set("""AvailabilityZone BillingAccountType CapacityReservationId CapacityReservationStatus ChargeFrequency
    CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountQuantity
    CommitmentDiscountStatus CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit
    ContractedUnitPrice InvoiceId ListUnitPrice PricingCategory PricingCurrency PricingCurrencyContractedUnitPrice
    PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice RegionId RegionName ResourceId ResourceName ResourceType
    ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId SubAccountId SubAccountName SubAccountType Tags""".split())
DECIMALS = """BilledCost ContractedCost ContractedUnitPrice EffectiveCost ListCost ListUnitPrice PricingQuantity
    ConsumedQuantity x_CostHigh x_CostLow x_ReplaySeconds""".split()
TIMES = "BillingPeriodEnd BillingPeriodStart ChargePeriodEnd ChargePeriodStart".split()
# Of usage that corrects nothing.
NEVER_NULL = MANDATORY - {"ChargeClass"} | {
    "ChargeFrequency", "ConsumedQuantity", "ConsumedUnit", "ContractedUnitPrice", "ListUnitPrice", "PricingCategory",
    "ServiceSubcategory", "SkuId", "SkuPriceId",
}
PAIRS = {
    "AI and Machine Learning": {"AI Platforms", "Bots", "Generative AI", "Machine Learning",
                                "Natural Language Processing", "Other (AI and Machine Learning)"},
    "Compute": {"Containers", "End User Computing", "Quantum Compute", "Serverless Compute", "Virtual Machines",
                "Other (Compute)"},
}
# A unit, several of them, or a unit by time.
UNIT = re.compile(r"(\d+ )?[A-Z][A-Za-z]+(-(Years|Months|Days|Hours|Minutes|Seconds))?$")


def kineto(path):
    shapes = {"Input Dims": [[4096, 4096], [4096, 4096]], "Input type": ["float", "float"]}
    events = [{"ph": "X", "cat": "cpu_op", "name": "aten::mm", "pid": 10, "tid": 11, "ts": 0, "dur": 50,
               "args": {"External id": 1, **shapes}}]
    pathlib.Path(path).write_text(json.dumps({"traceEvents": events}, indent=1))


class Focus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        kineto(cls.folder / "run.json")
        store = str(cls.folder / "store")
        for name, count, unit in (("tokens", "1000", "token"), ("steps", "3", "step"), ("samples", "7", "sample")):
            subprocess.run([COLLECT, "import", "run.json", "--store", store, "--name", name, "--work", count, unit],
                           cwd=cls.folder, check=True, capture_output=True)
        done = subprocess.run(
            [SANDGLASS, "--store", store, "cost", "tokens", "steps", "samples", "--price-date", "2026-11-29", "--format",
             "focus"], cwd=cls.folder, check=True, capture_output=True, text=True)
        cls.note = done.stderr
        cls.text = done.stdout
        reader = csv.reader(io.StringIO(cls.text), strict=True)
        cls.header = next(reader)
        cls.lines = list(reader)
        cls.rows = [dict(zip(cls.header, line)) for line in cls.lines]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_columns(self):
        self.assertEqual(len(self.header), len(set(self.header)))
        known = [name for name in self.header if not name.startswith("x_")]
        own = [name for name in self.header if name.startswith("x_")]
        self.assertEqual(self.header, sorted(known) + sorted(own))
        self.assertLessEqual(MANDATORY, set(known))
        self.assertLessEqual(set(known), MANDATORY | OTHERS)
        for name in own:
            self.assertRegex(name, r"^x_([A-Z][a-z]+)+$")
        for line in self.lines:
            self.assertEqual(len(line), len(self.header))
        self.assertGreater(len(self.rows), 100)

    def test_formats(self):
        for row in self.rows:
            for name in DECIMALS:
                if row[name] or name in NEVER_NULL:
                    self.assertRegex(row[name], r"^-?\d+\.\d+$", name)
            for name in TIMES:
                self.assertRegex(row[name], r"^\d{4}-\d\d-\d\dT00:00:00Z$", name)
            for name in ("PricingUnit", "ConsumedUnit"):
                self.assertRegex(row[name], UNIT)
        self.assertTrue(self.text.isascii())
        # Null is an empty cell without quotes.
        for filler in ('""', "NULL", "N/A", "nan", "inf"):
            self.assertFalse(f",{filler}," in self.text, filler)

    def test_nulls(self):
        for row in self.rows:
            for name in NEVER_NULL & set(self.header):
                self.assertNotEqual(row[name].strip(), "", name)
            self.assertEqual(row["ChargeClass"], "")
            self.assertEqual(row["InvoiceId"], "")
            for one, other in (("RegionId", "RegionName"), ("SubAccountId", "SubAccountName")):
                self.assertEqual(row[one] == "", row[other] == "")

    def test_values(self):
        for row in self.rows:
            self.assertEqual(row["ChargeCategory"], "Usage")
            self.assertEqual(row["BillingCurrency"], "USD")
            self.assertIn(row["ChargeFrequency"], ("One-Time", "Recurring", "Usage-Based"))
            # Committed would need a commitment discount.
            self.assertIn(row["PricingCategory"], ("Standard", "Dynamic", "Other"))
            self.assertIn(row["ServiceSubcategory"], PAIRS[row["ServiceCategory"]])
            self.assertEqual(row["ProviderName"], row["InvoiceIssuerName"])
            self.assertEqual(float(row["BilledCost"]), 0)

    def test_costs_are_prices_times_quantities_to_the_bit(self):
        for row in self.rows:
            for cost, price in (("ListCost", "ListUnitPrice"), ("ContractedCost", "ContractedUnitPrice")):
                self.assertEqual(float(row[cost]), float(row[price]) * float(row["PricingQuantity"]), row)
                self.assertGreater(float(row[cost]), 0)

    def test_periods(self):
        def day(text):
            return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")

        for row in self.rows:
            start, end = day(row["ChargePeriodStart"]), day(row["ChargePeriodEnd"])
            self.assertEqual((start, end - start), (datetime.datetime(2026, 11, 29), datetime.timedelta(days=1)))
            self.assertLessEqual(day(row["BillingPeriodStart"]), start)
            self.assertGreaterEqual(day(row["BillingPeriodEnd"]), end)

    def test_identifiers_belong_together(self):
        of_price, of_service = {}, {}
        for row in self.rows:
            self.assertEqual(of_price.setdefault(row["SkuPriceId"], row["SkuId"]), row["SkuId"])
            category = (row["ServiceCategory"], row["ServiceSubcategory"])
            self.assertEqual(of_service.setdefault(row["ServiceName"], category), category)
        # Alternatives are apart: no two rows of a trace share a sub account.
        keys = [(row["x_TraceId"], row["SubAccountId"]) for row in self.rows]
        self.assertEqual(len(keys), len(set(keys)))

    def test_says_what_the_cost_report_says(self):
        report = json.loads(subprocess.run(
            [SANDGLASS, "--store", str(self.folder / "store"), "cost", "tokens", "--price-date", "2026-11-29", "--format",
             "json"], check=True, capture_output=True, text=True).stdout)
        (trace,) = report["traces"]
        rows = {row["SubAccountId"]: row for row in self.rows if row["x_TraceName"] == "tokens"}
        priced = 0
        for entry in trace["classes"]:
            for basis in ("owned", "rented"):
                row = rows.get(f'{entry["silicon_class"]}/{basis}')
                self.assertEqual(row is not None, basis in entry, entry["silicon_class"])
                if row is None:
                    continue
                priced += 1
                self.assertAlmostEqual(float(row["EffectiveCost"]) / (1000 * entry[basis]["value"]), 1, 12)
                self.assertEqual(float(row["ConsumedQuantity"]), 1000)
        self.assertEqual(priced, len(rows))
        self.assertIn("have no price, which is not zero, and no row", self.note)


if __name__ == "__main__":
    unittest.main()
