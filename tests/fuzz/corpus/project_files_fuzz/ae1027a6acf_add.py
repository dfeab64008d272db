"""Add a column"""
revision: str = 'ae1027a6acf'
down_revision: str | None = ('1975ea83b712', "b2")
branch_labels = None
depends_on = None


@pytest.fixture(name="db", scope='session')
def make_db():
    pass
