import json
from starlette.testclient import TestClient
def test_all(client: TestClient) -> None:
    for path in ["/healthz","/readyz","/api/openapi.json","/api/docs","/api/v1/areas","/api/v1/areas?q=cote","/api/v1/areas/AAA-1","/api/v1/areas/BBB/outline.geojson","/api/v1/outlines.geojson?lvl=adm1","/api/v1/indicators","/api/v1/products","/api/v1/series.json?area=AAA~BBB","/api/v1/series.csv?area=AAA","/api/v1/map.json","/api/v1/map.csv","/api/v1/map.geojson","/api/v1/point?lon=5&lat=45","/api/v1/freshness","/api/v1/releases","/api/v1/releases/latest","/api/v1/status","/tiles/latest/grid/ipcc_tier1/stock/latest/0/0/0.png","/api/v1/nope","/tiles/x","/nope"]:
        a = client.get(path)
        print(path, a.status_code, dict(a.headers), a.text[:1500] if "png" not in path else a.headers)
    rows = client.get("/api/v1/series.json").json()["data"]
    print(client.get("/api/v1/provenance/"+rows[0]["calculation_id"]).text)
    loc = client.get("/tiles/latest/grid/ipcc_tier1/stock/latest/0/0/0.png").headers["location"]
    a = client.get(loc); print(loc, a.status_code, len(a.content), a.text[:300] if a.status_code>200 else "")
    loc = loc.replace("grid","fill").replace("/0/0/0","/adm0/0/0/0")
    a = client.get(loc); print(loc, a.status_code, len(a.content), a.text[:300] if a.status_code>200 else "")
