"""What DAGs read and write. Airflow draws its graph of these; when to work is read from the store, never from them."""

from airflow.sdk import Asset

PACKETS = Asset(name="packets", uri="obmen://packets", group="obmen")
FACTS = Asset(name="facts", uri="obmen://facts", group="obmen")
RECONCILIATION = Asset(name="reconciliation", uri="obmen://reconciliation", group="obmen")
ANALYTICS = Asset(name="analytics", uri="obmen://analytics", group="obmen")
INCIDENTS = Asset(name="incidents", uri="obmen://incidents", group="obmen")
NOTICES = Asset(name="notices", uri="obmen://notices", group="obmen")
SCORECARDS = Asset(name="scorecards", uri="obmen://scorecards", group="obmen")
ORDERS = Asset(name="orders", uri="obmen://orders", group="obmen")
