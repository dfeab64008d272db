# Config: a limit for losses.
echo 'MAX_LOSS = 0.02' >>config/settings.py
commit 'Limit losses' config
