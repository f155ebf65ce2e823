"""The addresses of issuing, a part of the desk's."""

from __future__ import annotations

from django.urls import path

from cardtrail.web.desk.views import batches, custody, delivery, imports, limits, products, stock

urlpatterns = [
    path("products/", products.products, name="products"),
    path("products/new/", products.new_product, name="new_product"),
    path("products/<int:product_id>/", products.product, name="product"),
    path("products/<int:product_id>/issue/", batches.new_batch, name="new_batch"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<int:batch_id>/", batches.batch_page, name="batch"),
    path("batches/<int:batch_id>/progress/", batches.batch_progress, name="batch_progress"),
    path("batches/<int:batch_id>/again/", batches.batch_again, name="batch_again"),
    path("batches/<int:batch_id>/codes/", delivery.deliver, name="deliver"),
    path("batches/<int:batch_id>/codes/progress/", delivery.delivery_progress, name="delivery_progress"),
    path("codes/<uuid:delivery_id>/", delivery.fetch, name="fetch_codes"),
    path("codes/<uuid:delivery_id>/destroy/", delivery.destroy, name="destroy_codes"),
    path("stock/", stock.stock, name="stock"),
    path("stock/activate/", batches.activate, name="activate"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.new_import, name="new_import"),
    path("imports/<int:import_id>/", imports.import_page, name="import"),
    path("imports/<int:import_id>/progress/", imports.import_progress, name="import_progress"),
    path("imports/<int:import_id>/rest/", imports.import_rest, name="import_rest"),
    path("custody/", custody.custody, name="custody"),
    path("limits/", limits.limits, name="limits"),
]
