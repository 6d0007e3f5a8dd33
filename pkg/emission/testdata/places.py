"""Prints what CodeCarbon's own emissions arithmetic gives for 20 places, as CSV: 12.5 kWh at PUE 1.25 and WUE 1.8 L/kWh.

emissions_kg comes from codecarbon.core.emissions with the energy that its tracker hands over, which has the PUE in it.
"""
import csv
import logging
import sys

import codecarbon
from codecarbon.core.emissions import Emissions
from codecarbon.core.units import Energy
from codecarbon.external.geography import CloudMetadata, GeoMetadata
from codecarbon.input import DataSource

logging.disable(logging.CRITICAL)

KWH, PUE, WUE = 12.5, 1.25, 1.8
COUNTRIES = ["USA", "FRA", "DEU", "GBR", "CAN", "IND", "CHN", "SWE", "AUT"]
REGIONS = [
    ("USA", "california"), ("USA", "texas"), ("USA", "washington"), ("USA", "virginia"),
    ("CAN", "quebec"), ("CAN", "alberta"), ("CAN", "nova scotia"),
    ("SWE", "SE3"), ("FIN", "FI"), ("NOR", "NO5"),
]
CLOUDS = [("gcp", "europe-west9")]

arithmetic = Emissions(DataSource())
energy = Energy.from_energy(kWh=KWH * PUE)
out = csv.writer(sys.stdout, lineterminator="\n")
out.writerow(["codecarbon", "country", "region", "cloud_provider", "cloud_region", "energy_kwh", "pue", "wue", "emissions_kg", "water_l"])


def row(country, region, provider, cloud_region, kilograms):
    out.writerow([codecarbon.__version__, country, region, provider, cloud_region, KWH, PUE, WUE, repr(kilograms), repr(KWH * PUE * WUE)])


for country in COUNTRIES:
    place = GeoMetadata(country_iso_code=country, country_name=country)
    row(country, "", "", "", arithmetic.get_private_infra_emissions(energy, place))
for country, region in REGIONS:
    place = GeoMetadata(country_iso_code=country, country_name=country, region=region)
    row(country, region, "", "", arithmetic.get_private_infra_emissions(energy, place))
for provider, region in CLOUDS:
    row("", "", provider, region, arithmetic.get_cloud_emissions(energy, CloudMetadata(provider=provider, region=region)))
