"""How much prices move."""

from models.risk_manager import RiskManager


def riskiest(orders):
    manager = RiskManager()
    return [order for order in orders if not manager.validate(order)]
