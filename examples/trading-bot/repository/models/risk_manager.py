"""Whether an order may go out."""

from config.settings import MAX_POSITION


class RiskManager:
    def validate(self, order):
        return abs(order) <= MAX_POSITION
