"""Put the data of the demo in place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management.base import BaseCommand
from django.core.management.color import no_style
from django.db import connection, transaction
from rest_framework.authtoken.models import Token

from example_api.origins import GLOBEX, SHOP_FRONT
from example_api.shop.models import Order, Product, Review, Subscriber, Tenant, TenantOrigin, WidgetEvent

CUSTOMER, OTHER_CUSTOMER, STAFF = 1, 2, 3
USERS: dict[int, dict[str, Any]] = {
    CUSTOMER: {"username": "ada", "first_name": "Ada", "email": "ada@shop.example"},
    OTHER_CUSTOMER: {"username": "bob", "first_name": "Bob", "email": "bob@shop.example"},
    STAFF: {"username": "grace", "first_name": "Grace", "email": "grace@shop.example", "is_staff": True},
}
TENANTS = {"acme": SHOP_FRONT, "globex": GLOBEX}


def password_of(username: str) -> str:
    """Return the password of a demo user, as in the README."""
    return f"{username}-password"


def token_of(username: str) -> str:
    """Return the API token of a demo user: the same after every seeding."""
    return f"{username}-token".ljust(40, "0")


class Command(BaseCommand):
    """``seed``: users, tokens and rows with fixed ids. Everything else in the shop's tables is deleted."""

    help = __doc__ or ""

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        """Delete what the demo left behind and write the same rows again."""
        for model in (Order, Review, Product, Subscriber, WidgetEvent, TenantOrigin, Tenant):
            model.objects.all().delete()
        self.add_users()
        self.add_goods()
        self.add_tenants()
        self.move_sequences()
        cache.clear()  # throttles and origins start afresh
        if options["verbosity"]:
            self.stdout.write(self.style.SUCCESS("The shop is ready."))

    def add_users(self) -> None:
        """Write the users and their tokens. Who is logged in stays so."""
        for pk, fields in USERS.items():
            user, _ = User.objects.update_or_create(pk=pk, defaults={**fields, "last_name": "Example"})
            password = password_of(user.username)
            if not user.check_password(password):
                user.set_password(password)
                user.save()
            Token.objects.exclude(key=token_of(user.username)).filter(user=user).delete()
            Token.objects.get_or_create(user=user, key=token_of(user.username))

    def add_goods(self) -> None:
        """Write the products, orders and reviews."""
        goods = {1: ("Teapot", "24.90"), 2: ("Tea cup", "6.50"), 3: ("Green tea", "4.20")}
        for pk, (name, price) in goods.items():
            Product.objects.create(pk=pk, name=name, price=Decimal(price))
        orders = {1: (CUSTOMER, 1, 1), 2: (CUSTOMER, 2, 4), 3: (CUSTOMER, 3, 2), 4: (OTHER_CUSTOMER, 1, 2)}
        for pk, (customer, product, quantity) in orders.items():
            Order.objects.create(
                pk=pk,
                customer_id=customer,
                product_id=product,
                quantity=quantity,
                review_token=f"review-token-{pk}",
            )
        Review.objects.create(pk=1, product_id=1, stars=5, text="Pours without a drop.")

    def add_tenants(self) -> None:
        """Write the tenants of the widget and their origins."""
        for pk, (slug, origin) in enumerate(TENANTS.items(), start=1):
            tenant = Tenant.objects.create(pk=pk, slug=slug, title=f"Tea at {slug.title()}")
            TenantOrigin.objects.create(pk=pk, tenant=tenant, origin=origin)

    def move_sequences(self) -> None:
        """Tell PostgreSQL which ids are taken; it counts apart from the rows. SQLite needs nothing."""
        models = [User, Order, Review, Product, Tenant, TenantOrigin]
        with connection.cursor() as cursor:
            for sql in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(sql)
