from django.http import JsonResponse
from drf_cors.openapi import CorsSchemaGenerator
def explain(request):
    o=request.GET["origin"]
    if "//" not in o: return JsonResponse({"detail": f"{o!r} is no origin: write https://shop.example."},status=400)
    s=CorsSchemaGenerator().get_schema(request=None,public=True)
    ops=[]
    for p,m in s["paths"].items():
        for k,op in m.items():
            x=op["x-cors-policy"]
            v="allowed" if "*" in x["allowOrigins"] or o in x["allowOrigins"] else "depends" if x["dynamic"] else "blocked"
            ops.append({"path":p,"method":k.upper(),"verdict":v,"reason":{"allowed":"allowed","depends":"depends"}.get(v,"origin-not-allowed" if x["enabled"] else "view-disabled"),"text":"The policy does not list this origin." if v=="blocked" else "The browser sends the request and lets the script read the answer." if v=="allowed" else "Only a request can tell.","nextStep":"Add the origin to allowed_origins of the policy."})
    n=lambda v: sum(q["verdict"]==v for q in ops)
    return JsonResponse({"origin":o,"headers":[],"credentials":False,"operations":ops,"counts":{"allowed":n("allowed"),"blocked":n("blocked"),"depends":n("depends"),"total":len(ops)}})
