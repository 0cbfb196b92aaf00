'use strict';
{
  const globals = this;
  const django = globals.django || (globals.django = {});

  
  django.pluralidx = function(n) {
    const v = (n == 1 ? 0 : n != 0 && n % 1000000 == 0 ? 1 : 2);
    if (typeof v === 'boolean') {
      return v ? 1 : 0;
    } else {
      return v;
    }
  };
  

  /* gettext library */

  django.catalog = django.catalog || {};
  
  const newcatalog = {
    "%(checkpoint)s does not know: %(words)s": "%(checkpoint)s no conoce: %(words)s",
    "%(count)s image": [
      "%(count)s imagen",
      "%(count)s im\u00e1genes",
      "%(count)s im\u00e1genes"
    ],
    "%(count)s image is ready": [
      "%(count)s imagen est\u00e1 lista",
      "%(count)s im\u00e1genes est\u00e1n listas",
      "%(count)s im\u00e1genes est\u00e1n listas"
    ],
    "%(count)s image moved to trash": [
      "%(count)s imagen movida a la papelera",
      "%(count)s im\u00e1genes movidas a la papelera",
      "%(count)s im\u00e1genes movidas a la papelera"
    ],
    "%(count)s job queued on this site": [
      "%(count)s trabajo en cola en este sitio",
      "%(count)s trabajos en cola en este sitio",
      "%(count)s trabajos en cola en este sitio"
    ],
    "%(count)s queued": [
      "%(count)s en cola",
      "%(count)s en cola",
      "%(count)s en cola"
    ],
    "%(count)s running": [
      "%(count)s en curso",
      "%(count)s en curso",
      "%(count)s en curso"
    ],
    "%(count)s step": [
      "%(count)s paso",
      "%(count)s pasos",
      "%(count)s pasos"
    ],
    "%(count)s suggestion, arrow keys choose": [
      "%(count)s sugerencia, elige con las flechas",
      "%(count)s sugerencias, elige con las flechas",
      "%(count)s sugerencias, elige con las flechas"
    ],
    "%(count)s yours": [
      "%(count)s tuyo",
      "%(count)s tuyos",
      "%(count)s tuyos"
    ],
    "%(done)s of %(total)s files": "%(done)s de %(total)s archivos",
    "%(kept)s of %(images)s kept": "%(kept)s de %(images)s conservadas",
    "%(keys)s belongs to the browser. Choose others.": "%(keys)s pertenece al navegador. Elige otras.",
    "%(keys)s is taken by \u201c%(name)s\u201d. Change that first, or choose others.": "%(keys)s ya es de \u00ab%(name)s\u00bb. Cambia ese primero o elige otras.",
    "%(n)s day": [
      "%(n)s d\u00eda",
      "%(n)s d\u00edas",
      "%(n)s d\u00edas"
    ],
    "%(n)s day left": [
      "queda %(n)s d\u00eda",
      "quedan %(n)s d\u00edas",
      "quedan %(n)s d\u00edas"
    ],
    "%(n)s image": [
      "%(n)s imagen",
      "%(n)s im\u00e1genes",
      "%(n)s im\u00e1genes"
    ],
    "%(n)s image added": [
      "%(n)s imagen a\u00f1adida",
      "%(n)s im\u00e1genes a\u00f1adidas",
      "%(n)s im\u00e1genes a\u00f1adidas"
    ],
    "%(n)s image added to favourites": [
      "%(n)s imagen a\u00f1adida a favoritas",
      "%(n)s im\u00e1genes a\u00f1adidas a favoritas",
      "%(n)s im\u00e1genes a\u00f1adidas a favoritas"
    ],
    "%(n)s image added to \u201c%(value)s\u201d": [
      "%(n)s imagen a\u00f1adida a \u00ab%(value)s\u00bb",
      "%(n)s im\u00e1genes a\u00f1adidas a \u00ab%(value)s\u00bb",
      "%(n)s im\u00e1genes a\u00f1adidas a \u00ab%(value)s\u00bb"
    ],
    "%(n)s image approved": [
      "%(n)s imagen aprobada",
      "%(n)s de im\u00e1genes aprobadas",
      "%(n)s im\u00e1genes aprobadas"
    ],
    "%(n)s image deleted": [
      "%(n)s imagen eliminada",
      "%(n)s im\u00e1genes eliminadas",
      "%(n)s im\u00e1genes eliminadas"
    ],
    "%(n)s image deleted for good": [
      "%(n)s imagen eliminada para siempre",
      "%(n)s im\u00e1genes eliminadas para siempre",
      "%(n)s im\u00e1genes eliminadas para siempre"
    ],
    "%(n)s image is blurred for others now": [
      "%(n)s imagen est\u00e1 ahora desenfocada para los dem\u00e1s",
      "%(n)s im\u00e1genes est\u00e1n ahora desenfocadas para los dem\u00e1s",
      "%(n)s im\u00e1genes est\u00e1n ahora desenfocadas para los dem\u00e1s"
    ],
    "%(n)s image is private now": [
      "%(n)s imagen ahora es privada",
      "%(n)s im\u00e1genes ahora son privadas",
      "%(n)s im\u00e1genes ahora son privadas"
    ],
    "%(n)s image is shared now": [
      "%(n)s imagen ahora est\u00e1 compartida",
      "%(n)s im\u00e1genes ahora est\u00e1n compartidas",
      "%(n)s im\u00e1genes ahora est\u00e1n compartidas"
    ],
    "%(n)s image moved to trash": [
      "%(n)s imagen movida a la papelera",
      "%(n)s im\u00e1genes movidas a la papelera",
      "%(n)s im\u00e1genes movidas a la papelera"
    ],
    "%(n)s image put under review": [
      "%(n)s imagen puesta en revisi\u00f3n",
      "%(n)s de im\u00e1genes puestas en revisi\u00f3n",
      "%(n)s im\u00e1genes puestas en revisi\u00f3n"
    ],
    "%(n)s image rated": [
      "%(n)s imagen valorada",
      "%(n)s im\u00e1genes valoradas",
      "%(n)s im\u00e1genes valoradas"
    ],
    "%(n)s image removed from favourites": [
      "%(n)s imagen quitada de favoritas",
      "%(n)s im\u00e1genes quitadas de favoritas",
      "%(n)s im\u00e1genes quitadas de favoritas"
    ],
    "%(n)s image removed from the collection": [
      "%(n)s imagen quitada de la colecci\u00f3n",
      "%(n)s im\u00e1genes quitadas de la colecci\u00f3n",
      "%(n)s im\u00e1genes quitadas de la colecci\u00f3n"
    ],
    "%(n)s image restored": [
      "%(n)s imagen restaurada",
      "%(n)s im\u00e1genes restauradas",
      "%(n)s im\u00e1genes restauradas"
    ],
    "%(n)s image tagged": [
      "%(n)s imagen etiquetada",
      "%(n)s im\u00e1genes etiquetadas",
      "%(n)s im\u00e1genes etiquetadas"
    ],
    "%(n)s not added": [
      "%(n)s no a\u00f1adida",
      "%(n)s no a\u00f1adidas",
      "%(n)s no a\u00f1adidas"
    ],
    "%(n)s result": [
      "%(n)s resultado",
      "%(n)s resultados",
      "%(n)s resultados"
    ],
    "%(n)s selected": [
      "%(n)s seleccionada",
      "%(n)s seleccionadas",
      "%(n)s seleccionadas"
    ],
    "%(n)s star": [
      "%(n)s estrella",
      "%(n)s estrellas",
      "%(n)s estrellas"
    ],
    "%(n)s was not added: it is not yours, or in the trash": [
      "%(n)s no se a\u00f1adi\u00f3: no es suya o est\u00e1 en la papelera",
      "%(n)s no se a\u00f1adieron: no son suyas o est\u00e1n en la papelera",
      "%(n)s no se a\u00f1adieron: no son suyas o est\u00e1n en la papelera"
    ],
    "%(n)s was there already": [
      "%(n)s ya estaba",
      "%(n)s ya estaban",
      "%(n)s ya estaban"
    ],
    "%(n)s+ results, the newest; set \u201cUntil\u201d to see older ones": "%(n)s+ resultados, los m\u00e1s recientes; para ver los anteriores, indique una fecha en \u00abHasta\u00bb",
    "%(name)s has %(megabytes)s MB. An image file may have at most %(most)s MB.": "%(name)s tiene %(megabytes)s MB. Un archivo de imagen puede tener como m\u00e1ximo %(most)s MB.",
    "%(name)s is empty.": "%(name)s est\u00e1 vac\u00edo.",
    "%(name)s is no member any more": "%(name)s ya no es miembro",
    "%(name)s is not an image that this browser can read.": "%(name)s no es una imagen que este navegador pueda leer.",
    "%(name)s may add images": "%(name)s puede a\u00f1adir im\u00e1genes",
    "%(number)s result": [
      "%(number)s resultado",
      "%(number)s resultados",
      "%(number)s resultados"
    ],
    "%(percent)s %% of today\u2019s GPU time": "%(percent)s %% del tiempo de GPU de hoy",
    "%(pixels)s pixels": "%(pixels)s p\u00edxeles",
    "%(place)s of %(count)s": "%(place)s de %(count)s",
    "%(place)s of %(total)s": "%(place)s de %(total)s",
    "%(queued)s of %(most)s jobs queued": "%(queued)s de %(most)s trabajos en cola",
    "%(share)s percent before": "%(share)s por ciento antes",
    "%(share)s percent of the first image": "%(share)s por ciento de la primera imagen",
    "%(span)s of GPU time left today": "%(span)s de tiempo de GPU para hoy",
    "%(stars)s of 5": "%(stars)s de 5",
    "%(time)s left": "quedan %(time)s",
    "%(x)s from the left, %(y)s from the top": "%(x)s desde la izquierda, %(y)s desde arriba",
    "1 day": "1 d\u00eda",
    "1 year": "1 a\u00f1o",
    "30 days": "30 d\u00edas",
    "7 days": "7 d\u00edas",
    "A side can grow by at most %(pixels)s pixels at once.": "Un lado puede crecer como m\u00e1ximo %(pixels)s p\u00edxeles a la vez.",
    "About it and its owner": "Sobre la imagen y su propietario",
    "About this image": "Sobre esta imagen",
    "Action": "Acci\u00f3n",
    "Actions": "Acciones",
    "Add": "A\u00f1adir",
    "Add tags": "A\u00f1adir etiquetas",
    "Add to collection": "A\u00f1adir a una colecci\u00f3n",
    "Add to collection\u2026": "A\u00f1adir a una colecci\u00f3n\u2026",
    "Address of the link": "Direcci\u00f3n del enlace",
    "All %(count)s": "Las %(count)s",
    "Alt": "Alt",
    "Approve": "Aprobar",
    "Arrange": "Ordenar",
    "At most %(most)s images can be selected one by one; select all of a search instead.": "Se pueden seleccionar como m\u00e1ximo %(most)s im\u00e1genes una a una; seleccione en su lugar todas las de una b\u00fasqueda.",
    "At the start of the prompt: earlier prompts": "Al principio del prompt: prompts anteriores",
    "Backspace": "Retroceso",
    "Blink": "Parpadeo",
    "Blink by itself": "Parpadear autom\u00e1ticamente",
    "Blur %(n)s image for others": [
      "Desenfocar %(n)s imagen para los dem\u00e1s",
      "Desenfocar %(n)s im\u00e1genes para los dem\u00e1s",
      "Desenfocar %(n)s im\u00e1genes para los dem\u00e1s"
    ],
    "Blur for others": "Desenfocar para los dem\u00e1s",
    "Cancel": "Cancelar",
    "Cancel all": "Cancelar todo",
    "Cancel all? Press again": "\u00bfCancelar todo? Pulse otra vez",
    "Cancel image %(number)s": "Cancelar la imagen %(number)s",
    "Cancel the running job": "Cancelar el trabajo en curso",
    "Cancelled": "Cancelado",
    "Cancelled.": "Cancelado.",
    "Change shortcuts": "Cambiar los atajos",
    "Change the keys of \u201c%(name)s\u201d": "Cambiar las teclas de \u00ab%(name)s\u00bb",
    "Checkpoint, size and number of images are in the settings. What is seldom needed stands under Advanced.": "El checkpoint, el tama\u00f1o y el n\u00famero de im\u00e1genes est\u00e1n en los ajustes. Lo que se usa poco est\u00e1 en Avanzado.",
    "Clear selection": "Borrar la selecci\u00f3n",
    "Close": "Cerrar",
    "Close (Esc)": "Cerrar (Esc)",
    "Close the stack": "Cerrar la pila",
    "Collection": "Colecci\u00f3n",
    "Collection, new or existing": "Colecci\u00f3n, nueva o existente",
    "Commands": "Comandos",
    "Compare": "Comparar",
    "Compare the selected images": "Comparar las im\u00e1genes seleccionadas",
    "Compare with related images": "Comparar con im\u00e1genes relacionadas",
    "Comparison": "Comparaci\u00f3n",
    "Connection lost. Reconnecting\u2026": "Conexi\u00f3n perdida. Reconectando\u2026",
    "Connection lost. Reconnecting\u2026 Your jobs continue.": "Conexi\u00f3n perdida. Reconectando\u2026 Sus trabajos contin\u00faan.",
    "Copied": "Copiado",
    "Copy": "Copiar",
    "Copy prompt": "Copiar prompt",
    "Copyright or trademark": "Derechos de autor o marca",
    "Ctrl": "Ctrl",
    "Custom": "Personalizado",
    "Date": "Fecha",
    "Del": "Supr",
    "Delete": "Eliminar",
    "Delete %(n)s image": [
      "Eliminar %(n)s imagen",
      "Eliminar %(n)s im\u00e1genes",
      "Eliminar %(n)s im\u00e1genes"
    ],
    "Delete %(n)s image for good?": [
      "\u00bfEliminar %(n)s imagen para siempre?",
      "\u00bfEliminar %(n)s im\u00e1genes para siempre?",
      "\u00bfEliminar %(n)s im\u00e1genes para siempre?"
    ],
    "Delete %(n)s upload?": [
      "\u00bfEliminar %(n)s subida?",
      "\u00bfEliminar %(n)s subidas?",
      "\u00bfEliminar %(n)s subidas?"
    ],
    "Delete for good": "Eliminar para siempre",
    "Delete this upload?": "\u00bfEliminar esta subida?",
    "Describe an image and press Generate. While you write, words are completed; < offers LoRAs, @ styles.": "Describe una imagen y pulsa Generar. Mientras escribes se completan las palabras; < ofrece LoRA y @ estilos.",
    "Deselect": "Deseleccionar",
    "Dismiss": "Descartar",
    "Done": "Listo",
    "Download": "Descargar",
    "Download zip": "Descargar zip",
    "Drag the images into an order. With the keyboard, arrows walk and Alt with an arrow moves.": "Arrastra las im\u00e1genes para ordenarlas. Con el teclado, las flechas recorren y Alt con una flecha mueve.",
    "Draw over the part to keep, or type its numbers; now all of the image is chosen.": "Dibuja sobre la parte que se conserva o escribe sus n\u00fameros; ahora est\u00e1 elegida toda la imagen.",
    "Edit": "Editar",
    "Edit by instruction": "Edici\u00f3n por instrucci\u00f3n",
    "Edit this image": "Editar esta imagen",
    "Embedding": "Embedding",
    "Enhance the prompt": "Enriquecer el prompt",
    "Enter": "Intro",
    "Esc": "Esc",
    "Everyone": "Todo el mundo",
    "Everywhere": "En todas partes",
    "Expires after": "Caduca despu\u00e9s de",
    "Extend at the bottom": "Extender por abajo",
    "Extend at the left": "Extender por la izquierda",
    "Extend at the right": "Extender por la derecha",
    "Extend at the top": "Extender por arriba",
    "Failed": "Fallido",
    "Favourite": "Favorita",
    "Files that were not imported": "Archivos que no se importaron",
    "Find a command, page, collection, preset or style": "Busca un comando, p\u00e1gina, colecci\u00f3n, preajuste o estilo",
    "Find similar": "Buscar parecidas",
    "Finished images stay here and in your library.": "Las im\u00e1genes terminadas quedan aqu\u00ed y en tu biblioteca.",
    "Finished images stay here and in your library. %(commands)s finds every command, %(shortcuts)s shows all shortcuts.": "Las im\u00e1genes terminadas quedan aqu\u00ed y en tu biblioteca. %(commands)s encuentra cualquier comando, %(shortcuts)s muestra todos los atajos.",
    "Fit or actual size": "Ajustar o tama\u00f1o real",
    "Fit or actual size (Z)": "Ajustar o tama\u00f1o real (Z)",
    "Fit, or actual size": "Ajustar, o tama\u00f1o real",
    "For good": "Para siempre",
    "For how long": "Por cu\u00e1nto tiempo",
    "Full screen": "Pantalla completa",
    "Generate": "Generar",
    "Generate %(count)s": "Generar %(count)s",
    "Generate again": "Generar de nuevo",
    "Generate exactly": "Generar con exactitud",
    "Generate forever": "Generar sin parar",
    "Generating it again\u2026": "Gener\u00e1ndola de nuevo\u2026",
    "Getting ready": "Preparando",
    "Go from image to image": "Ir de imagen en imagen",
    "Go to Explore": "Ir a Explorar",
    "Go to the collections": "Ir a las colecciones",
    "Go to the library": "Ir a la biblioteca",
    "Go to the prompt": "Ir al prompt",
    "Go to the studio": "Ir al estudio",
    "Go to the trash": "Ir a la papelera",
    "Go to the uploads": "Ir a las subidas",
    "Grid of images": "Cuadr\u00edcula de im\u00e1genes",
    "Hate or harassment": "Odio o acoso",
    "Hints": "Consejos",
    "Image": "Imagen",
    "Image %(letter)s": "Imagen %(letter)s",
    "Image %(number)s: %(prompt)s": "Imagen %(number)s: %(prompt)s",
    "Image %(place)s of %(all)s": "Imagen %(place)s de %(all)s",
    "Image to image": "Imagen a imagen",
    "Image without a prompt": "Imagen sin prompt",
    "Images in their order": "Im\u00e1genes en su orden",
    "Images of this list": "Im\u00e1genes de esta lista",
    "In the queue": "En la cola",
    "In your own words, for the owner": "Con sus propias palabras, para el propietario",
    "Inpaint": "Inpainting",
    "Inspire me": "Insp\u00edrame",
    "It can be edited in place of the one that is open, whose mask is kept, or be the mask.": "Puede editarse en lugar de la abierta, cuya m\u00e1scara se conserva, o ser la m\u00e1scara.",
    "It has %(size)s MB; an image may have %(most)s MB.": "Tiene %(size)s MB; una imagen puede tener %(most)s MB.",
    "It was there already.": "Ya estaba.",
    "Job: %(prompt)s": "Trabajo: %(prompt)s",
    "Keep a seed": "Conservar una semilla",
    "Keep mine": "Conservar la m\u00eda",
    "Keep prompt and settings to myself": "Guardar para m\u00ed el prompt y los ajustes",
    "Keep the last seed": "Conservar la \u00faltima semilla",
    "Keyboard shortcuts": "Atajos de teclado",
    "Last seed: %(seed)s": "\u00daltima semilla: %(seed)s",
    "Leave": "Salir",
    "Leave \u201c%(name)s\u201d?": "\u00bfSalir de \u00ab%(name)s\u00bb?",
    "Like": "Me gusta",
    "Line between the images": "L\u00ednea entre las im\u00e1genes",
    "Link copied": "Enlace copiado",
    "Links": "Enlaces",
    "Load \u201c%(name)s\u201d": "Cargar \u00ab%(name)s\u00bb",
    "Lock the seed": "Fijar la semilla",
    "Make %(n)s image private": [
      "Hacer privada %(n)s imagen",
      "Hacer privadas %(n)s im\u00e1genes",
      "Hacer privadas %(n)s im\u00e1genes"
    ],
    "Make a link": "Crear un enlace",
    "Make private": "Hacer privada",
    "Members": "Miembros",
    "Moderation": "Moderaci\u00f3n",
    "More about it, for the moderators": "M\u00e1s detalles, para los moderadores",
    "More actions": "M\u00e1s acciones",
    "More of %(owner)s": "M\u00e1s de %(owner)s",
    "Move down": "Bajar",
    "Move earlier": "Mover hacia delante",
    "Move later": "Mover hacia atr\u00e1s",
    "Move the line, or show another image": "Mover la l\u00ednea o mostrar otra imagen",
    "Move to front": "Mover al principio",
    "Move to trash": "Mover a la papelera",
    "Move up": "Subir",
    "Moved to trash": "Movida a la papelera",
    "Name": "Nombre",
    "Name of a person": "Nombre de una persona",
    "Never expires": "No caduca nunca",
    "Next": "Siguiente",
    "Next image": "Imagen siguiente",
    "Next in the queue": "El siguiente en la cola",
    "No earlier prompt has these words.": "Ning\u00fan prompt anterior contiene estas palabras.",
    "No hints": "Sin consejos",
    "No keys": "Sin teclas",
    "No notices yet.": "A\u00fan no hay avisos.",
    "No rating": "Sin valoraci\u00f3n",
    "No reason from the list": "Ning\u00fan motivo de la lista",
    "No results": "Sin resultados",
    "No side of an image may be longer than %(pixels)s pixels.": "Ning\u00fan lado de una imagen puede medir m\u00e1s de %(pixels)s p\u00edxeles.",
    "Not saved yet.": "A\u00fan sin guardar.",
    "Nothing fits.": "Nada coincide.",
    "Nothing is queued on this site.": "No hay nada en cola en este sitio.",
    "Nothing to change: it is so already.": "No hay nada que cambiar: ya est\u00e1 as\u00ed.",
    "Notices": "Avisos",
    "Notices, %(n)s unread": [
      "Avisos, %(n)s sin leer",
      "Avisos, %(n)s sin leer",
      "Avisos, %(n)s sin leer"
    ],
    "Number %(position)s in the queue": "N\u00famero %(position)s en la cola",
    "Only you": "Solo usted",
    "Only you and its members": "Solo t\u00fa y sus miembros",
    "Open": "Abrir",
    "Open the image": "Abrir la imagen",
    "Other": "Otro",
    "Other files are being added. Drop these again when that has ended.": "Se est\u00e1n a\u00f1adiendo otros archivos. Suelte estos de nuevo cuando termine.",
    "Owner of %(n)s image suspended": [
      "Propietario de %(n)s imagen suspendido",
      "Propietarios de %(n)s im\u00e1genes suspendidos",
      "Propietarios de %(n)s im\u00e1genes suspendidos"
    ],
    "Owner of %(n)s image warned": [
      "Propietario de %(n)s imagen advertido",
      "Propietarios de %(n)s im\u00e1genes advertidos",
      "Propietarios de %(n)s im\u00e1genes advertidos"
    ],
    "Page": "P\u00e1gina",
    "Paint over what should change, or drag the frame outwards; then press Generate.": "Pinta sobre lo que debe cambiar o arrastra el marco hacia fuera; luego pulsa Generar.",
    "Painting": "Pintando",
    "Password, optional": "Contrase\u00f1a, opcional",
    "People of this site": "Personas de este sitio",
    "People of this site who see the collection, whoever else may. Those who may add put images of their own into it.": "Personas de este sitio que ven la colecci\u00f3n, sea quien sea quien m\u00e1s pueda verla. Quienes pueden a\u00f1adir ponen en ella im\u00e1genes propias.",
    "Preset": "Preajuste",
    "Press Ctrl C": "Pulse Ctrl C",
    "Press keys \u2026": "Pulsa las teclas\u2026",
    "Previous and next image": "Imagen anterior y siguiente",
    "Previous image": "Imagen anterior",
    "Progress of the job": "Progreso del trabajo",
    "Prompt copied": "Prompt copiado",
    "Proposal": "Propuesta",
    "Proposed by %(name)s": "Propuesto por %(name)s",
    "Put %(n)s image under review": [
      "Poner %(n)s imagen en revisi\u00f3n",
      "Poner %(n)s im\u00e1genes en revisi\u00f3n",
      "Poner %(n)s im\u00e1genes en revisi\u00f3n"
    ],
    "Put under review": "Poner en revisi\u00f3n",
    "Queue": "Cola",
    "Queued": "En cola",
    "Queued, place %(place)s": "En cola, puesto %(place)s",
    "Rate": "Valorar",
    "Rate with 1 to 5 stars, or none": "Valorar con 1 a 5 estrellas, o ninguna",
    "Rating": "Valoraci\u00f3n",
    "Reason": "Motivo",
    "Reload": "Volver a cargar",
    "Remove": "Quitar",
    "Remove %(name)s, with the images they added": "Quitar a %(name)s, con las im\u00e1genes que a\u00f1adi\u00f3",
    "Remove from collection": "Quitar de la colecci\u00f3n",
    "Remove from favourites": "Quitar de favoritas",
    "Rename search": "Cambiar el nombre de la b\u00fasqueda",
    "Report": "Denunciar",
    "Report this image": "Denunciar esta imagen",
    "Reports of %(n)s image resolved": [
      "Denuncias de %(n)s imagen resueltas",
      "Denuncias de %(n)s de im\u00e1genes resueltas",
      "Denuncias de %(n)s im\u00e1genes resueltas"
    ],
    "Reset": "Restablecer",
    "Reset all shortcuts": "Restablecer todos los atajos",
    "Resolve reports": "Resolver denuncias",
    "Restore": "Restaurar",
    "Result %(number)s": "Resultado %(number)s",
    "Retry": "Reintentar",
    "Reuse": "Reutilizar",
    "Reuse settings": "Reutilizar ajustes",
    "Revoke": "Revocar",
    "Rule of the site": "Regla del sitio",
    "Save": "Guardar",
    "Save search": "Guardar b\u00fasqueda",
    "Saved search deleted": "B\u00fasqueda guardada eliminada",
    "Saved.": "Guardado.",
    "Saving\u2026": "Guardando\u2026",
    "Say why: choose a reason, or write one.": "Diga por qu\u00e9: elija un motivo o escriba uno.",
    "Scale the mask": "Escalar la m\u00e1scara",
    "Search": "Buscar",
    "Search renamed": "Nombre de la b\u00fasqueda cambiado",
    "Search saved": "B\u00fasqueda guardada",
    "Seed %(seed)s": "Semilla %(seed)s",
    "Seed %(seed)s is kept.": "La semilla %(seed)s se conserva.",
    "Seed is locked: press for a new one each time": "La semilla est\u00e1 fija: pulsa para una nueva cada vez",
    "Select": "Seleccionar",
    "Select 2 to %(most)s images to compare them.": "Selecciona de 2 a %(most)s im\u00e1genes para compararlas.",
    "Select all": "Seleccionar todo",
    "Select all %(n)s": "Seleccionar las %(n)s",
    "Select all of %(day)s": "Seleccionar todo lo de %(day)s",
    "Select an image, or all up to it": "Seleccionar una imagen, o todas hasta ella",
    "Selected images": "Im\u00e1genes seleccionadas",
    "Settings": "Ajustes",
    "Sexual content": "Contenido sexual",
    "Share": "Compartir",
    "Share this collection": "Compartir esta colecci\u00f3n",
    "Share this image": "Compartir esta imagen",
    "Share\u2026": "Compartir\u2026",
    "Shift": "May\u00fas",
    "Show": "Mostrar",
    "Show %(n)s image of this job": [
      "Mostrar %(n)s imagen de este trabajo",
      "Mostrar las %(n)s im\u00e1genes de este trabajo",
      "Mostrar las %(n)s im\u00e1genes de este trabajo"
    ],
    "Show all": "Mostrar todo",
    "Show image": "Mostrar imagen",
    "Show image: %(prompt)s": "Mostrar imagen: %(prompt)s",
    "Show less": "Mostrar menos",
    "Show unblurred": "Mostrar sin desenfoque",
    "Shows a real person without consent": "Muestra a una persona real sin su consentimiento",
    "Side by side": "Lado a lado",
    "Sign in to see how it went on": "Inicie sesi\u00f3n para ver c\u00f3mo sigui\u00f3",
    "Similar in meaning": "Parecidas en significado",
    "Slider": "Deslizador",
    "Smooth enlargement": "Ampliaci\u00f3n suave",
    "Something else": "Otra cosa",
    "Space": "Espacio",
    "Spam": "Spam",
    "Speed measurement": "Medici\u00f3n de velocidad",
    "Stage": "Escenario",
    "Starting\u2026": "Empezando\u2026",
    "Step %(step)s": "Paso %(step)s",
    "Step %(step)s of %(total)s": "Paso %(step)s de %(total)s",
    "Stop": "Detener",
    "Stopping after this step": "Se detiene tras este paso",
    "Studio": "Estudio",
    "Style": "Estilo",
    "Style \u201c%(name)s\u201d is added.": "Se ha a\u00f1adido el estilo \u00ab%(name)s\u00bb.",
    "Suggestions": "Sugerencias",
    "Suspend the owner": "Suspender al propietario",
    "Suspend the owner of %(n)s image": [
      "Suspender al propietario de %(n)s imagen",
      "Suspender a los propietarios de %(n)s im\u00e1genes",
      "Suspender a los propietarios de %(n)s im\u00e1genes"
    ],
    "Swap": "Intercambiar",
    "Switch the theme": "Cambiar el tema",
    "Tag": "Etiqueta",
    "Tag removed from %(n)s image": [
      "Etiqueta quitada de %(n)s imagen",
      "Etiqueta quitada de %(n)s im\u00e1genes",
      "Etiqueta quitada de %(n)s im\u00e1genes"
    ],
    "Tags, separated by commas": "Etiquetas, separadas por comas",
    "Tag\u2026": "Etiqueta\u2026",
    "Take the like back": "Quitar el \u00abme gusta\u00bb",
    "Take the other": "Tomar la otra",
    "Text to image": "Texto a imagen",
    "That did not work. Reload the page and try again.": "No funcion\u00f3. Recargue la p\u00e1gina e int\u00e9ntelo de nuevo.",
    "The browser did not start the site's service worker. Reload the page and try again.": "El navegador no ha iniciado el service worker del sitio. Recargue la p\u00e1gina e int\u00e9ntelo de nuevo.",
    "The browser does not allow notifications of this site. Allow them in its settings, then try again.": "El navegador no permite notificaciones de este sitio. Perm\u00edtalas en sus ajustes e int\u00e9ntelo de nuevo.",
    "The file of this image cannot be loaded.": "No se puede cargar el archivo de esta imagen.",
    "The first %(most)s images can be arranged here; the others stay behind them in their order.": "Aqu\u00ed se pueden ordenar las primeras %(most)s im\u00e1genes; las dem\u00e1s quedan detr\u00e1s en su orden.",
    "The image cannot be loaded: it was deleted, or your session has ended. What you painted is kept.": "No se puede cargar la imagen: se elimin\u00f3 o tu sesi\u00f3n ha terminado. Lo que pintaste se conserva.",
    "The image is the cover now": "La imagen es ahora la portada",
    "The image is the input image now.": "La imagen es ahora la imagen de entrada.",
    "The images that you added are removed from it.": "Las im\u00e1genes que a\u00f1adiste se quitan de ella.",
    "The job failed.": "El trabajo fall\u00f3.",
    "The link shows nothing any more": "El enlace ya no muestra nada",
    "The mask has %(mask)s pixels, the image %(image)s. It can be scaled to fit.": "La m\u00e1scara tiene %(mask)s p\u00edxeles; la imagen, %(image)s. Puede escalarse para que encaje.",
    "The mask has another size": "La m\u00e1scara tiene otro tama\u00f1o",
    "The moderators will look at it. Thank you.": "Los moderadores la revisar\u00e1n. Gracias.",
    "The queue is paused and takes no new jobs for now. Your jobs stay queued.": "La cola est\u00e1 en pausa y no acepta trabajos nuevos por ahora. Sus trabajos siguen en cola.",
    "The queue is paused.": "La cola est\u00e1 en pausa.",
    "The queue is paused: no job starts for now. Your jobs stay queued.": "La cola est\u00e1 en pausa: por ahora no empieza ning\u00fan trabajo. Sus trabajos siguen en cola.",
    "The queue takes no new jobs for now. Queued jobs are still processed.": "La cola no acepta trabajos nuevos por ahora. Los que esperan a\u00fan se procesan.",
    "The site answered with an error. Try again in a moment.": "El sitio respondi\u00f3 con un error. Int\u00e9ntelo de nuevo en un momento.",
    "The site cannot be reached. Check the connection and try again.": "No se puede acceder al sitio. Compruebe la conexi\u00f3n e int\u00e9ntelo de nuevo.",
    "The site has no checkpoint that can inpaint.": "El sitio no tiene ning\u00fan checkpoint que pueda hacer inpaint.",
    "The terms of use have changed. Reload the page to read and accept them.": "Las condiciones de uso han cambiado. Vuelva a cargar la p\u00e1gina para leerlas y aceptarlas.",
    "The trash is empty": "La papelera est\u00e1 vac\u00eda",
    "The verification was cancelled.": "La verificaci\u00f3n se cancel\u00f3.",
    "Theme: dark. Switch to system.": "Tema: oscuro. Cambiar a sistema.",
    "Theme: light. Switch to dark.": "Tema: claro. Cambiar a oscuro.",
    "Theme: system. Switch to light.": "Tema: sistema. Cambiar a claro.",
    "This browser cannot make an image of this size.": "Este navegador no puede crear una imagen de este tama\u00f1o.",
    "This browser stores nothing for this page: what you paint is lost when you leave it.": "Este navegador no guarda nada para esta p\u00e1gina: lo que pintes se pierde al salir.",
    "This cannot be undone.": "Esto no se puede deshacer.",
    "This file is missing": "Falta este archivo",
    "This image is in the trash.": "Esta imagen est\u00e1 en la papelera.",
    "This image is not to be seen any more.": "Esta imagen ya no se puede ver.",
    "This image is under review by a moderator.": "Un moderador est\u00e1 revisando esta imagen.",
    "This image was deleted, or you no longer have access to it.": "Esta imagen se elimin\u00f3 o ya no tiene acceso a ella.",
    "This is no PNG, JPEG or WebP image.": "No es una imagen PNG, JPEG ni WebP.",
    "This is no image.": "No es una imagen.",
    "This note was changed elsewhere meanwhile.": "Esta nota se cambi\u00f3 entretanto en otro lugar.",
    "This seed is kept; press for a new one each time": "Esta semilla se conserva; pulse para una nueva cada vez",
    "This step is not there any more.": "Este paso ya no existe.",
    "Today": "Hoy",
    "Trash": "Papelera",
    "Try again": "Reintentar",
    "Under review": "En revisi\u00f3n",
    "Undo": "Deshacer",
    "Undone for %(n)s image": [
      "Deshecho en %(n)s imagen",
      "Deshecho en %(n)s im\u00e1genes",
      "Deshecho en %(n)s im\u00e1genes"
    ],
    "Unread:": "Sin leer:",
    "Upscale": "Ampliar resoluci\u00f3n",
    "Upscale an image": "Ampliar una imagen",
    "Upscaled image": "Imagen ampliada",
    "Use as cover": "Usar como portada",
    "Use as input": "Usar como entrada",
    "Use as mask": "Usar como m\u00e1scara",
    "Use the proposal": "Usar la propuesta",
    "Vary, strong": "Variar, fuerte",
    "Vary, subtle": "Variar, sutil",
    "Verification": "Verificaci\u00f3n",
    "Verified: identical.": "Verificada: id\u00e9ntica.",
    "Verified: not identical, %(psnr)s dB PSNR.": "Verificada: no id\u00e9ntica, %(psnr)s dB PSNR.",
    "Viewer": "Visor",
    "Violence": "Violencia",
    "Warn the owner": "Advertir al propietario",
    "Warn the owner of %(n)s image": [
      "Advertir al propietario de %(n)s imagen",
      "Advertir a los propietarios de %(n)s im\u00e1genes",
      "Advertir a los propietarios de %(n)s im\u00e1genes"
    ],
    "Way to compare": "Forma de comparar",
    "Weigh the selected words": "Dar peso a las palabras seleccionadas",
    "What is this image?": "\u00bfPara qu\u00e9 es esta imagen?",
    "Who may see it": "Qui\u00e9n puede verla",
    "Who may see them": "Qui\u00e9n puede verlas",
    "Who may see them?": "\u00bfQui\u00e9n puede verlas?",
    "Whoever has a link sees the image, without an account, until you revoke it.": "Quien tenga un enlace ve la imagen, sin cuenta, hasta que usted lo revoque.",
    "Whoever has a link sees your images in the collection, without an account, until you revoke it.": "Quien tenga un enlace ve tus im\u00e1genes de la colecci\u00f3n, sin cuenta, hasta que lo revoques.",
    "Wildcard": "Comod\u00edn",
    "Yesterday": "Ayer",
    "You are editing the result now; undo brings the former image back.": "Ahora editas el resultado; deshacer devuelve la imagen anterior.",
    "You are signed out: your session has ended, or your account is suspended. Sign in to see what became of your jobs.": "No ha iniciado sesi\u00f3n: su sesi\u00f3n ha terminado o su cuenta est\u00e1 suspendida. Inicie sesi\u00f3n para ver qu\u00e9 fue de sus trabajos.",
    "Your images appear here.": "Sus im\u00e1genes aparecen aqu\u00ed.",
    "Your prompt": "Su prompt",
    "Your prompts appear here once you have generated.": "Los prompts aparecen aqu\u00ed en cuanto se genera algo.",
    "Your role asks for a second factor. Reload the page to set one up.": "Su rol exige un segundo factor. Vuelva a cargar la p\u00e1gina para configurarlo.",
    "Your session has ended.": "Su sesi\u00f3n ha terminado.",
    "Your session has ended. Sign in again to go on.": "Su sesi\u00f3n ha terminado. Inicie sesi\u00f3n para continuar.",
    "Your session has ended. Sign in again to go on; what you painted is kept.": "Tu sesi\u00f3n ha terminado. Vuelve a iniciar sesi\u00f3n para seguir; lo que pintaste se conserva.",
    "Your session has ended. Sign in again to see this image.": "Su sesi\u00f3n ha terminado. Inicie sesi\u00f3n de nuevo para ver esta imagen.",
    "Zoom": "Zoom",
    "Zoom in (+)": "Acercar (+)",
    "Zoom in and out": "Ampliar y reducir",
    "Zoom in or fit": "Ampliar o ajustar",
    "Zoom out (-)": "Alejar (-)",
    "and %(n)s more": [
      "y %(n)s m\u00e1s",
      "y %(n)s m\u00e1s",
      "y %(n)s m\u00e1s"
    ],
    "cancelled": "cancelado",
    "done in %(time)s": "hecho en %(time)s",
    "draft": "borrador",
    "failed": "fallido",
    "favourite": "favorita",
    "guidance %(value)s": "gu\u00eda %(value)s",
    "may add images": "puede a\u00f1adir im\u00e1genes",
    "no GPU time left today": "hoy no queda tiempo de GPU",
    "no GPU time left today, more from %(time)s": "hoy no queda tiempo de GPU, m\u00e1s a partir de las %(time)s",
    "number %(position)s in the queue": "n\u00famero %(position)s en la cola",
    "queued": "en cola",
    "queued, place %(place)s": "en cola, puesto %(place)s",
    "sea, blue hour": "mar, hora azul",
    "shared": "compartida",
    "small": "peque\u00f1o",
    "stack of %(n)s image": [
      "pila de %(n)s imagen",
      "pila de %(n)s im\u00e1genes",
      "pila de %(n)s im\u00e1genes"
    ],
    "step %(step)s of %(total)s": "paso %(step)s de %(total)s",
    "under review": "en revisi\u00f3n",
    "until %(date)s": "hasta el %(date)s",
    "with a password": "con contrase\u00f1a",
    "\u201c%(name)s\u201d failed. %(error)s": "\u00ab%(name)s\u00bb ha fallado. %(error)s",
    "\u201c%(name)s\u201d has started": "\u00ab%(name)s\u00bb ha empezado",
    "\u201c%(name)s\u201d is done: %(images)s": "\u00ab%(name)s\u00bb ha terminado: %(images)s",
    "\u201c%(name)s\u201d is queued": "\u00ab%(name)s\u00bb est\u00e1 en cola",
    "\u201c%(name)s\u201d was cancelled": "\u00ab%(name)s\u00bb se cancel\u00f3"
  };
  for (const key in newcatalog) {
    django.catalog[key] = newcatalog[key];
  }
  

  if (!django.jsi18n_initialized) {
    django.gettext = function(msgid) {
      const value = django.catalog[msgid];
      if (typeof value === 'undefined') {
        return msgid;
      } else {
        return (typeof value === 'string') ? value : value[0];
      }
    };

    django.ngettext = function(singular, plural, count) {
      const value = django.catalog[singular];
      if (typeof value === 'undefined') {
        return (count == 1) ? singular : plural;
      } else {
        return value.constructor === Array ? value[django.pluralidx(count)] : value;
      }
    };

    django.gettext_noop = function(msgid) { return msgid; };

    django.pgettext = function(context, msgid) {
      let value = django.gettext(context + '\x04' + msgid);
      if (value.includes('\x04')) {
        value = msgid;
      }
      return value;
    };

    django.npgettext = function(context, singular, plural, count) {
      let value = django.ngettext(context + '\x04' + singular, context + '\x04' + plural, count);
      if (value.includes('\x04')) {
        value = django.ngettext(singular, plural, count);
      }
      return value;
    };

    django.interpolate = function(fmt, obj, named) {
      if (named) {
        return fmt.replace(/%\(\w+\)s/g, function(match){return String(obj[match.slice(2,-2)])});
      } else {
        return fmt.replace(/%s/g, function(match){return String(obj.shift())});
      }
    };


    /* formatting library */

    django.formats = {
    "DATETIME_FORMAT": "j M Y, H:i",
    "DATETIME_INPUT_FORMATS": [
      "%d/%m/%Y %H:%M:%S",
      "%d/%m/%Y %H:%M:%S.%f",
      "%d/%m/%Y %H:%M",
      "%d/%m/%y %H:%M:%S",
      "%d/%m/%y %H:%M:%S.%f",
      "%d/%m/%y %H:%M",
      "%Y-%m-%d %H:%M:%S",
      "%Y-%m-%d %H:%M:%S.%f",
      "%Y-%m-%d %H:%M",
      "%Y-%m-%d"
    ],
    "DATE_FORMAT": "j M Y",
    "DATE_INPUT_FORMATS": [
      "%d/%m/%Y",
      "%d/%m/%y",
      "%Y-%m-%d"
    ],
    "DECIMAL_SEPARATOR": ",",
    "FIRST_DAY_OF_WEEK": 1,
    "MONTH_DAY_FORMAT": "j \\d\\e F",
    "NUMBER_GROUPING": 3,
    "SHORT_DATETIME_FORMAT": "j M Y, H:i",
    "SHORT_DATE_FORMAT": "j M Y",
    "THOUSAND_SEPARATOR": "\u00a0",
    "TIME_FORMAT": "H:i",
    "TIME_INPUT_FORMATS": [
      "%H:%M:%S",
      "%H:%M:%S.%f",
      "%H:%M"
    ],
    "YEAR_MONTH_FORMAT": "F \\d\\e Y"
  };

    django.get_format = function(format_type) {
      const value = django.formats[format_type];
      if (typeof value === 'undefined') {
        return format_type;
      } else {
        return value;
      }
    };

    /* add to global namespace */
    globals.pluralidx = django.pluralidx;
    globals.gettext = django.gettext;
    globals.ngettext = django.ngettext;
    globals.gettext_noop = django.gettext_noop;
    globals.pgettext = django.pgettext;
    globals.npgettext = django.npgettext;
    globals.interpolate = django.interpolate;
    globals.get_format = django.get_format;

    django.jsi18n_initialized = true;
  }
};
