# Risk chain: checks one after the other; the manager asks for the limit.
cat >models/risk_chain.py <<'END'
"""Checks one after the other."""

from models.risk_manager import RiskManager


class RiskEnforcementChain:
    def __init__(self, limits):
        self.limits = limits

    def validate(self, order):
        return all(RiskManager().validate(order, limit) for limit in self.limits)
END
sed -i 's/def validate(self, order):/def validate(self, order, limit):/; s/<= MAX_POSITION/<= min(limit, MAX_POSITION)/' \
  models/risk_manager.py
commit 'Create RiskEnforcementChain' models/risk_chain.py models/risk_manager.py
