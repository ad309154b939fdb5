"""The roads to pagoPA as an official calls them, and what each of them means."""

from pagopa.gateways.protocol import Road

ROAD_NAMES: dict[str, str] = {
    Road.SOAP: "Intermediario",
    Road.ACA: "ACA di pagoPA",
    Road.GPD: "GPD di pagoPA",
    Road.DIRECT: "Diretta",
}
ROAD_WORDS: dict[str, str] = {
    Road.SOAP: "Ogni avviso viene caricato presso l'intermediario dell'Ente, che risponde a pagoPA.",
    Road.ACA: "Le posizioni sono depositate presso pagoPA, che le usa quando il nostro sistema non risponde.",
    Road.GPD: "Le posizioni sono tenute da pagoPA, che risponde al posto nostro.",
    Road.DIRECT: "Non si carica nulla: a ogni richiesta di pagamento risponde il nostro sistema.",
}
